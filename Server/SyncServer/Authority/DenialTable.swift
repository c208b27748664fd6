import Causality
import Membership
import Synchronization

/// Remembers how far each device was asked for boxes that are missing here, so that the next question continues
/// there, and which boxes it did not have, so that it is not asked for them again for a while.
///
/// It is a hint only: losing it costs repeated questions.
final class DenialTable: Sendable {
    private struct Key: Hashable {
        let device: DeviceID
        let space: SpaceID
    }

    private struct Place {
        /// The count of boxes asked for on this connection so far, and the key of the last.
        var askedCount = 0
        var asked: Int64 = 0
        /// The key up to which all were answered, and the time.
        var answered: Int64 = 0
        var at = Duration.zero
    }

    /// How long a device is not asked again for a box that it did not have.
    static let period = Duration.seconds(3_600)
    /// Pairs of device and space that are remembered.
    static let placesMax = 4_096

    private let places = Mutex<[Key: Place]>([:])

    /// The key after which to look for boxes to ask a device for, given the count asked for on this connection.
    func start(of device: DeviceID, in space: SpaceID, _ count: Int, now: Duration) -> Int64 {
        places.withLock { places in
            guard var place = places[Key(device: device, space: space)], now < place.at + Self.period else { return 0 }
            guard count > 0 else { return place.answered }
            guard count == place.askedCount else { return 0 }
            // It is asked for more only after it has answered all questions before.
            place.answered = place.asked
            places[Key(device: device, space: space)] = place
            return place.asked
        }
    }

    /// Records how many boxes a device is asked for now, and the key of the last.
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
