import Glibc

/// One run: everything that is measured, in order, and what came of it.
struct Bench {
    private let options: AtelierBench
    private let upstream: Upstream
    private let atelier: AtelierServer
    private let proxy: BareProxy
    private let wrk: Wrk

    init(_ options: AtelierBench, upstream: Upstream, place: TemporaryDirectory) throws {
        self.options = options
        self.upstream = upstream
        atelier = try AtelierServer(
            program: options.atelier, nginx: options.nginx, workers: options.workers,
            upstream: upstream.address, directory: place.path)
        proxy = try BareProxy(
            to: upstream.address, certificate: atelier.certificate, directory: place.path)
        wrk = Wrk(directory: place.path)
    }

    /// Measures, and prints the table.
    ///
    /// - Returns: What did not work.
    func run() throws -> [String] {
        var table = Table()
        print(MachineFacts.text)
        fflush(nil)
        step("starting Atelier and a bare nginx")
        try atelier.start()
        try proxy.start()
        let client = try atelier.client()
        let people = try Person.register(16, client)

        step("memory at rest")
        sleep(1)
        var memory = MemoryRows(atFirst: try atelier.workerMemory())
        step("completions")
        let completions = Completions(people: people, wrk: wrk, atelier: atelier, proxy: proxy)
        try completions.measure(seconds: options.seconds, into: &table)
        step("time to first token")
        let firstToken = FirstToken(people: people, atelier: atelier, proxy: proxy)
        try firstToken.measure(seconds: options.seconds, into: &table)
        sleep(1)
        memory.afterLoad = try atelier.workerMemory()

        step("list of conversations")
        let collector = try Collector(client, conversations: 1_000)
        try collector.measureList(wrk, atelier, seconds: options.seconds, into: &table)
        step("\(options.streams) open streams")
        let open = OpenStreams(
            count: options.streams, people: people, collector: collector, atelier: atelier,
            proxy: proxy, upstream: upstream)
        memory.whileOpen = try open.measure(seconds: options.seconds, into: &table)
        step("backup")
        let backup = BackupLoad(people: people, collector: collector, atelier: atelier)
        try backup.measure(seconds: options.seconds, into: &table)
        step("first visit")
        try FirstVisit(atelier: atelier, person: people[0]).measure(into: &table)
        step("start")
        try StartTime(atelier: atelier).measure(into: &table)
        memory.add(to: &table, streams: options.streams)

        print()
        print(table.text)
        for fault in table.faults { print("did not work: \(fault)") }
        return table.faults
    }

    private func step(_ text: String) {
        let line = Array("… \(text)\n".utf8)
        write(STDERR_FILENO, line, line.count)
    }
}
