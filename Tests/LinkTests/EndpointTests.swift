import Link
import Testing

@Suite struct EndpointTests {
    @Test(arguments: [
        ("127.0.0.1:7420", "127.0.0.1", 7420), ("localhost:0", "localhost", 0), ("[::1]:7420", "::1", 7420),
        ("journal.example:65535", "journal.example", 65_535), ("a-b.c_d.x1:1", "a-b.c_d.x1", 1),
        ("[2001:db8::7]:1", "2001:db8::7", 1),
    ])
    func readsWhatPeopleType(_ text: String, _ host: String, _ port: Int) throws {
        let endpoint = try #require(Endpoint(text))
        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
        #expect(endpoint.description == text)
        #expect(Endpoint(host: host, port: port) == endpoint)
    }

    @Test(arguments: [
        "", ":", ":1", "host", "host:", "host:x", "host:-1", "host:+1", "host:01", "host:65536", "host:1 ", " host:1",
        "ho st:1", "host:99999999999999999999", "::1:7420", "[::1]", "[::1]7420", "[host]:1", "[127.0.0.1]:1", "[]:1",
        "[::g]:1", "-host:1", "host-:1", "a..b:1", ".a:1", "1.2.3:1", "1.2.3.256:1", "höst:1", "host:1:2", "http://h:1",
        String(repeating: "a", count: 64) + ":1",
    ])
    func refusesNonsense(_ text: String) {
        #expect(Endpoint(text) == nil)
    }

    @Test func refusesPortsThatAreNone() {
        #expect(Endpoint(host: "localhost", port: -1) == nil)
        #expect(Endpoint(host: "localhost", port: 65_536) == nil)
    }
}
