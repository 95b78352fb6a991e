// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

/// Without symbols, and with nothing kept only because it might be looked up by name: a third less to
/// load into each worker.
let smallBinary =
    ["-use-ld=lld"]
    + ["-s", "--no-export-dynamic", "-z", "pack-relative-relocs"].flatMap { ["-Xlinker", $0] }

let package = Package(
    name: "atelier",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2", traits: []),
    ],
    targets: [
        // C libraries, from Debian.
        .systemLibrary(
            name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CFastCGI", providers: [.apt(["libfcgi-dev"])]),
        .systemLibrary(name: "CLinux"),
        // The version this build reports; `systemd/package --version` sets another.
        .target(
            name: "CVersion",
            cSettings: Context.environment["ATELIER_VERSION"].map {
                [.define("ATELIER_VERSION", to: "\"\($0)\"")]
            }),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        // Thin layers over them that know nothing of the product.
        .target(name: "Archive", dependencies: ["CZstd"], swiftSettings: settings),
        .target(name: "JSON", swiftSettings: settings),
        .target(name: "Threads", swiftSettings: settings),
        .target(name: "FastCGI", dependencies: ["CFastCGI", "Threads"], swiftSettings: settings),
        .target(
            name: "HTTPClient", dependencies: ["CCurl", "Threads", httpTypes],
            swiftSettings: settings),
        .target(
            name: "Providers", dependencies: ["HTTPClient", "JSON", "Threads", httpTypes, logging],
            swiftSettings: settings),
        .target(name: "SQL", dependencies: ["CSQLite", "Threads"], swiftSettings: settings),
        .target(name: "Web", dependencies: ["JSON", httpTypes, logging], swiftSettings: settings),

        // The product.
        .target(
            name: "Atelier",
            dependencies: [
                "Archive", "CArgon2", "CLinux", "CVersion", "HTTPClient", "JSON", "Providers",
                "SQL",
                "Threads", "Web", crypto, httpTypes, logging,
            ],
            swiftSettings: settings),

        .target(
            name: "DemoProvider", dependencies: ["JSON", "Threads", "Web", httpTypes],
            swiftSettings: settings),
        .executableTarget(
            name: "atelier",
            dependencies: [
                "Atelier", "CLinux", "DemoProvider", "FastCGI", "HTTPClient", "Providers", "SQL",
                "Threads", "Web", httpTypes, logging,
                argumentParser,
            ],
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(smallBinary, .when(configuration: .release))]),

        // Tests, and the benchmark.
        .executableTarget(
            name: "atelier-bench",
            dependencies: ["HTTPClient", "Threads", httpTypes, argumentParser],
            path: "Tests/bench/atelier-bench", swiftSettings: settings),
        // Lets system calls of the test process fail.
        .target(name: "CFaults", path: "Tests/CFaults"),
        .target(
            name: "TestSupport", dependencies: ["CFaults", "Threads"], path: "Tests/TestSupport",
            swiftSettings: settings),
        .testTarget(name: "ArchiveTests", dependencies: ["Archive"], swiftSettings: settings),
        .testTarget(
            name: "AtelierTests",
            dependencies: [
                "Archive", "Atelier", "HTTPClient", "JSON", "Providers", "SQL", "TestSupport",
                "Threads",
                "Web",
                httpTypes,
                logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "DemoProviderTests", dependencies: ["DemoProvider", "Web", httpTypes],
            swiftSettings: settings),
        .testTarget(
            name: "FastCGITests", dependencies: ["FastCGI", "Threads"], swiftSettings: settings),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "Archive", "Atelier", "FastCGI", "HTTPClient", "JSON", "Providers", "Threads",
                "Web",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "HTTPClientTests", dependencies: ["HTTPClient", "TestSupport", httpTypes],
            swiftSettings: settings),
        .testTarget(
            name: "ProvidersTests",
            dependencies: ["HTTPClient", "JSON", "Providers", "TestSupport", httpTypes, logging],
            swiftSettings: settings),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: settings),
        // Run as several processes at once by the tests of the write gate.
        .executableTarget(
            name: "SQLStress", dependencies: ["SQL"], path: "Tests/SQLStress",
            swiftSettings: settings),
        .testTarget(
            name: "SQLTests", dependencies: ["SQL", "SQLStress", "TestSupport", "Threads"],
            swiftSettings: settings),
        .testTarget(
            name: "WebTests", dependencies: ["JSON", "Web", httpTypes, logging],
            swiftSettings: settings),
    ]
)
