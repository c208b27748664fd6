import Link
import SQLiteFile

/// Sends a request to a folder's running daemon, or performs it on the files if none runs.
package enum AdminClient {
    /// - Throws: ``DaemonError``.
    package static func perform(_ request: AdminRequest, in folder: DataFolder) async throws(DaemonError) -> String {
        let answer: AdminAnswer
        do {
            answer = AdminAnswer(try await ControlSocket.ask(request.line, at: folder.control))
        } catch .unreachable {
            answer = try await performAlone(request, folder)
        } catch {
            throw DaemonError(
                .unusable, "The daemon on \(folder.path) did not answer. It may have done what was asked.",
                next: "Look: btwd status --data \(folder.path)")
        }
        switch answer {
        case .done(let text): return text
        case .failed(let error): throw error
        }
    }

    private static func performAlone(_ request: AdminRequest, _ folder: DataFolder) async throws(DaemonError)
        -> AdminAnswer
    {
        let advertised: Endpoint?
        do {
            guard try folder.read(folder.identity) != nil else {
                throw DaemonError(
                    .notFound, "There is no server in \(folder.path) yet. Nothing was changed.",
                    next: "Start one: btwd serve --data \(folder.path)")
            }
            advertised = try folder.read(folder.advertised).flatMap { Endpoint($0) }
        } catch let error as DaemonError {
            throw error
        } catch let error as SQLiteFileError {
            throw DaemonError(error, in: folder)
        } catch {
            throw DaemonError(
                .unusable, "\(folder.path) cannot be read. Nothing was changed.", next: "Look: ls -la \(folder.path)")
        }
        let (store, identity) = try SyncDaemon.open(folder)
        let answer = await Administrator(
            folder: folder, store: store, identity: identity, address: advertised, hub: nil
        ).answer(request)
        // The request is committed; the next opening recovers the rest.
        try? await store.close()
        return answer
    }

    /// Restores a backup into a folder without a server.
    package static func restore(_ file: String, to folder: DataFolder) throws(DaemonError) {
        do {
            try Backup.restore(file, to: folder)
        } catch let error as DaemonError {
            throw error
        } catch let error as SQLiteFileError {
            throw DaemonError(error, in: folder)
        } catch {
            throw DaemonError(
                .unusable, "\(file) was not restored. Nothing was changed.", next: "Look: ls -la \(file) \(folder.path)"
            )
        }
    }
}
