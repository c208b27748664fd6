import Causality
import Membership
import Synchronization

/// How far each device was asked for boxes that are not here, so that the next question goes on there and does not
/// begin anew; and how far it had none, so that for a while its next connection need not be asked again.
///
/// It is a hint: what is in it saves work, and what is lost costs some.
final class DenialTable: Sendable {
    private struct Key: Hashable {
        let device: DeviceID
        let space: SpaceID
    }

    private struct Place {
        /// How many boxes were asked for on this connection so far, and the last key among them.
        var askedCount = 0
        var asked: Int64 = 0
        /// Up to which key all were answered, and when.
        var answered: Int64 = 0
        var at = Duration.zero
    }

    /// How long a device that did not have a box is not asked for it again.
    static let period = Duration.seconds(3_600)
    /// Devices in spaces that are remembered.
    static let placesMax = 4_096

    private let places = Mutex<[Key: Place]>([:])

    /// After which key to look for what a device may be asked for, given how many it was asked for on this connection.
    func start(of device: DeviceID, in space: SpaceID, _ count: Int, now: Duration) -> Int64 {
        places.withLock { places in
            guard var place = places[Key(device: device, space: space)], now < place.at + Self.period else { return 0 }
            guard count > 0 else { return place.answered }
            guard count == place.askedCount else { return 0 }
            // It is asked for more only when it has answered all that it was asked for.
            place.answered = place.asked
            places[Key(device: device, space: space)] = place
            return place.asked
        }
    }

    /// It is asked for so many now, the last of which has this key.
    func told(_ device: DeviceID, in space: SpaceID, _ count: Int, _ last: Int64, now: Duration) {
        places.withLock { places in
            let key = Key(device: device, space: space)
            if places[key] == nil, places.count >= Self.placesMax { places = [:] }
            var place = places[key] ?? Place(at: now)
            if now >= place.at + Self.period { place = Place(at: now) }
            (place.askedCount, place.asked) = (count, last)
            places[key] = place
        }
    }
}
