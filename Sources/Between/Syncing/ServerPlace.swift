import CanonicalJSON
import Link
import Wire

/// The address of this device's server, and the pin of its key.
struct ServerPlace: Hashable, Sendable {
    let endpoint: Endpoint
    let pin: Pin

    init(endpoint: Endpoint, pin: Pin) {
        self.endpoint = endpoint
        self.pin = pin
    }

    /// `nil` if the address in the string is invalid.
    init?(_ string: ConnectString) {
        guard let endpoint = Endpoint(string.address), let pin = Pin(string.pin) else { return nil }
        self.init(endpoint: endpoint, pin: pin)
    }

    /// `HOST:PORT`, for display.
    var name: String { endpoint.description }

    /// The form in which it is stored as a setting.
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
