import FoundationEssentials
import Glibc
import HTTPClient
import HTTPTypes
import Threads

/// What Atelier is compared with: an nginx that passes everything on to the upstream, over TLS with the
/// same certificate, protocols and number of nginx workers, and does nothing else, not even log.
final class BareProxy: Sendable {
    let port: Int
    private let directory: String
    private let configuration: String
    private let certificate: String
    private let running = Monitor<ProcessTree?>(nil)

    init(to upstream: String, certificate: String, directory: String) throws {
        port = try Listener.freePort()
        self.directory = directory
        self.certificate = certificate
        let host = upstream.dropFirst("http://".count).prefix { $0 != "/" }
        configuration = """
            daemon off;
            pid \(directory)/proxy.pid;
            error_log \(directory)/proxy.log warn;
            worker_processes \(sysconf(Int32(_SC_NPROCESSORS_ONLN)));
            \(geteuid() == 0 ? "user root;" : "")
            events { worker_connections 8192; }
            http {
                access_log off;
                keepalive_requests 1000000;
                client_body_temp_path \(directory)/proxy-body;
                proxy_temp_path \(directory)/proxy-temp;
                fastcgi_temp_path \(directory)/proxy-temp;
                scgi_temp_path \(directory)/proxy-temp;
                uwsgi_temp_path \(directory)/proxy-temp;
                upstream models {
                    server \(host);
                    keepalive 64;
                    keepalive_requests 1000000;
                }
                server {
                    listen 127.0.0.1:\(port) ssl http2;
                    ssl_certificate \(certificate);
                    ssl_certificate_key \(directory)/state/tls/key.pem;
                    ssl_protocols TLSv1.2 TLSv1.3;
                    location / {
                        proxy_pass http://models;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                        proxy_buffering off;
                    }
                }
            }

            """
    }

    var address: String { "https://127.0.0.1:\(port)" }

    /// All of its processes; it has to run.
    var processes: ProcessTree {
        get throws {
            guard let tree = running.withLock({ $0 }) else {
                throw Failure("the bare nginx does not run")
            }
            return tree
        }
    }

    /// Starts it, and returns when it answers.
    func start() throws {
        let path = directory + "/proxy.conf"
        let log = directory + "/proxy.log"
        try configuration.write(toFile: path, atomically: true, encoding: .utf8)
        let child = try ChildProcess(
            ["nginx", "-e", log, "-c", path, "-p", directory], output: log)
        let client = try APIClient(address: address, certificate: certificate)
        let deadline = ContinuousClock.now + .seconds(20)
        while (try? client.http.send(client.page("v1/models")))?.head.status != .ok {
            guard child.isRunning, ContinuousClock.now < deadline else {
                let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                throw Failure("nginx did not start:\n\(text)")
            }
            usleep(5_000)
        }
        running.change { $0 = ProcessTree(id: child.id) }
    }
}
