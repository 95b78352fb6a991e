import JSON
import Web

/// What a front end needs to know before anyone has signed in.
struct InstanceRoutes: Sendable {
    private struct Instance: JSONObject {
        let registrationIsOpen: Bool
        let isDemo: Bool
        /// Whether the Debian package's services run it, so that its secrets are files of
        /// /etc/atelier/credentials; else somebody started it by hand.
        let isPackaged: Bool
        /// Whether nobody has signed in yet, and has to be told where the first password is.
        let isNew: Bool

        func writeMembers(to json: inout JSONWriter) {
            json.member("name", "Atelier")
            json.member("version", Version.text)
            json.member("registration_open", registrationIsOpen)
            json.member("demo", isDemo)
            json.member("packaged", isPackaged)
            json.member("new", isNew)
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
