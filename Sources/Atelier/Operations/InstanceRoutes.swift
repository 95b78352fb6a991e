import Web

/// What a front end needs to know before anyone has signed in.
struct InstanceRoutes: Sendable {
    private struct Instance: Encodable {
        let name = "Atelier"
        let version = Version.text
        let registrationIsOpen: Bool
        let isDemo: Bool
        /// Whether the Debian package's services run it, so that its secrets are files of
        /// /etc/atelier/credentials; else somebody started it by hand.
        let isPackaged: Bool
        /// Whether nobody has signed in yet, and has to be told where the first password is.
        let isNew: Bool

        enum CodingKeys: String, CodingKey {
            case name, version
            case registrationIsOpen = "registration_open"
            case isDemo = "demo"
            case isPackaged = "packaged"
            case isNew = "new"
        }
    }

    let registrationIsOpen: Bool
    let isDemo: Bool
    let isPackaged: Bool
    let isNew: @Sendable () throws -> Bool

    func add(to router: inout Router) {
        router.get("/instance") { _ in
            .json(
                Instance(
                    registrationIsOpen: registrationIsOpen, isDemo: isDemo, isPackaged: isPackaged,
                    isNew: try isNew()))
        }
    }
}
