import Web

/// What a front end needs to know before anyone has signed in.
struct InstanceRoutes: Sendable {
    private struct Instance: Encodable {
        let name = "Atelier"
        let version = Version.text
        let registrationIsOpen: Bool
        let isDemo: Bool

        enum CodingKeys: String, CodingKey {
            case name, version
            case registrationIsOpen = "registration_open"
            case isDemo = "demo"
        }
    }

    let registrationIsOpen: Bool
    let isDemo: Bool

    func add(to router: inout Router) {
        router.get("/instance") { _ in
            .json(Instance(registrationIsOpen: registrationIsOpen, isDemo: isDemo))
        }
    }
}
