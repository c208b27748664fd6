import CanonicalJSON
import Link
import Wire

/// Where this device's server is, and how it is known.
struct ServerPlace: Hashable, Sendable {
    let endpoint: Endpoint
    let pin: Pin

    init(endpoint: Endpoint, pin: Pin) {
        self.endpoint = endpoint
        self.pin = pin
    }

    /// Is `nil` where the string's address is none.
    init?(_ string: ConnectString) {
        guard let endpoint = Endpoint(string.address), let pin = Pin(string.pin) else { return nil }
        self.init(endpoint: endpoint, pin: pin)
    }

    /// `HOST:PORT`, for people.
    var name: String { endpoint.description }

    /// As a setting keeps it.
    init?(text: String) {
        guard let object = try? JSONValue(parsing: Array(text.utf8)).asObject,
            let endpoint = object["address"]?.asText.flatMap({ Endpoint($0) }),
            let pin = object.bytes("pin").flatMap({ Pin($0) })
        else { return nil }
        self.init(endpoint: endpoint, pin: pin)
    }

    var text: String {
        let json: JSONValue = ["address": .text(Text(endpoint.description)), "pin": .bytes(pin.bytes)]
        return json.canonicalText
    }
}
