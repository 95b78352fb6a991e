import HTTPTypes
import TestSupport
import Testing

@testable import HTTPClient

@Suite struct AddressPolicyTests {
    @Test(
        "Addresses that are not of the public internet",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
            "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
            "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
            "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1",
            "255.255.255.255", "::", "::1", "::7f00:1", "fc00::1", "fd12:3456::1", "fe80::1",
            "febf::1", "fec0::1", "ff02::1", "100::1", "2001::1", "2001:db8::1", "3fff::1",
            "64:ff9b:1::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:192.168.0.1",
            "64:ff9b::169.254.169.254", "2002:7f00:1::", "2002:c0a8:1::1", "no address", "",
        ])
    func refused(address: String) {
        #expect(!AddressPolicy.publicOnly.allows(address))
        #expect(AddressPolicy.any.allows(address))
    }

    @Test(
        "Addresses of the public internet",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
            "126.255.255.255", "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0",
            "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
            "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ])
    func allowed(address: String) {
        #expect(AddressPolicy.publicOnly.allows(address))
    }

    @Test(
        "A private address is refused however it is written",
        arguments: [
            "127.0.0.1", "localhost", "0x7f.1", "2130706433", "127.1", "0.0.0.0", "[::1]",
            "[::ffff:127.0.0.1]", "ip6-localhost",
        ])
    func privateHost(host: String) throws {
        let server = try LocalServer { try $0.respond(body: "secret") }
        var request = HTTPClient.Request(
            .get, try HTTPURL("http://\(host):\(server.port)/", allowPlainHTTP: true))
        request.timeouts = patient
        request.addresses = .publicOnly
        let error = try failure { _ = try HTTPClient().send(request) }
        #expect(
            error.code == .addressRefused || (host == "ip6-localhost" && error.code == .resolve))
        #expect(!error.requestMayHaveBeenSent)
        #expect(server.connectionCount == 0)
    }

    @Test func aKeptConnectionIsCheckedToo() throws {
        let server = try LocalServer { try $0.respond(body: "secret") }
        let client = HTTPClient()
        var request = try request(server)
        _ = try client.send(request)
        request.addresses = .publicOnly
        #expect(try failure { _ = try client.send(request) }.code == .addressRefused)
        #expect(server.requests.count == 1)
    }

    @Test func aProxyIsNotUsedForUserSuppliedAddresses() throws {
        let proxy = try LocalServer { try $0.respond(body: "from the proxy") }
        let client = HTTPClient(.init(proxy: proxy.url))
        var request = HTTPClient.Request(
            .get, try HTTPURL("http://127.0.0.1:9/", allowPlainHTTP: true))
        request.timeouts = patient
        #expect(try client.send(request).body == Array("from the proxy".utf8))
        request.addresses = .publicOnly
        #expect(try failure { _ = try client.send(request) }.code == .addressRefused)
        #expect(proxy.requests.count == 1)

        // The proxy of this one has no address: to be asked at all would be a failure of its own.
        let lost = HTTPClient(.init(proxy: "http://nowhere.invalid:1"))
        #expect(try failure { _ = try lost.send(request) }.code == .addressRefused)
    }
}
