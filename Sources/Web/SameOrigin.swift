import HTTPTypes

extension HTTPField.Name {
    static let host = Self("Host")!
    static let secFetchSite = Self("Sec-Fetch-Site")!
}

extension Request {
    /// Refuses a request that another site made a browser send.
    ///
    /// To be called for every write that is authenticated by a cookie. `Sec-Fetch-Site` decides where
    /// it is sent, else `Origin` must name this host. Every browser sends one of the two with a write
    /// (Fetch, 3.2), so a request with neither comes from a program.
    ///
    /// - Throws: ``Problem/crossSite``.
    public func requireSameOrigin() throws(Problem) {
        if let site = headers[.secFetchSite] {
            guard site == "same-origin" || site == "none" else { throw .crossSite }
        }
        if let origin = headers[.origin] {
            guard let host = headers[.host], origin == "https://" + host else { throw .crossSite }
        }
    }
}
