import Causality
import Membership
import TestSupport
import Testing

/// Random histories, compared with a simple model that replays them.
@Suite struct HistoryTests {
    /// An attempted change.
    enum Step {
        case add(device: Int, person: Int, Role, isRecovery: Bool)
        case remove([Int])
        case rotate
    }

    /// The rules in their simplest form.
    struct Model {
        struct Device: Equatable {
            let device: Int
            let person: Int
            let role: Role
            let isRecovery: Bool
        }

        var devices = [Device(device: 0, person: 0, role: .owner, isRecovery: false)]
        var ever: Set<Int> = [0]
        var epoch = 0

        func allows(_ step: Step, by author: Int) -> Bool {
            guard let author = devices.first(where: { $0.device == author }) else { return false }
            switch step {
            case .add(let device, let person, let role, _):
                let his = devices.filter { $0.person == person }
                return !ever.contains(device) && his.allSatisfy { $0.role == role }
                    && (author.role == .owner || author.person == person)
            case .remove(let gone):
                let his = gone.map { gone in devices.first { $0.device == gone } }
                let stay = devices.filter { !gone.contains($0.device) }
                return his.allSatisfy { $0.map { author.role == .owner || $0.person == author.person } ?? false }
                    && stay.contains { $0.role == .owner && !$0.isRecovery }
            case .rotate: return author.role == .owner
            }
        }

        mutating func take(_ step: Step) {
            switch step {
            case .add(let device, let person, let role, let isRecovery):
                devices.append(Device(device: device, person: person, role: role, isRecovery: isRecovery))
                ever.insert(device)
            case .remove(let gone):
                devices.removeAll { gone.contains($0.device) }
                epoch += 1
            case .rotate: epoch += 1
            }
        }
    }

    @Test(arguments: 0..<60)
    func theLogIsWhatTheModelSays(_ seed: Int) throws {
        var generator = SeededGenerator(seed: 1000 + seed)
        let crew = try (0..<12).map { try Founder(seed: 100 + $0) }
        let people = [PersonID.founder] + (1..<4).map(PersonID.numbered)
        var log = try crew[0].log()
        var model = Model()
        var past = [(head: log.head, model: model)]
        var cuts: [Frontier] = []
        var refused = 0
        for number in 1...60 {
            let author = generator.below(crew.count)
            let step: Step
            switch generator.below(10) {
            case 0..<6:
                let person = generator.below(people.count)
                let role: Role = generator.chance(percent: person == 0 ? 90 : 20) ? .owner : .member
                step = .add(
                    device: generator.below(crew.count), person: person, role,
                    isRecovery: generator.chance(percent: 20))
            case 6..<9:
                let gone = (0..<crew.count).filter { _ in generator.chance(percent: 10) }
                step = .remove(gone.isEmpty ? [generator.below(crew.count)] : gone)
            case _: step = .rotate
            }
            let cut = Frontier(Tip(Dot(ReplicaID(bits: UInt64(number)), number), .sha256([UInt8(number)])))
            let record: MembershipRecord
            switch step {
            case .add(let device, let person, let role, let isRecovery):
                let member = crew[device].member(of: people[person], role, isRecovery: isRecovery)
                record = crew[author].add(member, to: log)
            case .remove(let gone): record = crew[author].remove(gone.map { crew[$0] }, from: log, cut: cut)
            case .rotate: record = crew[author].rotate(log, cut: cut)
            }
            let refusal = log.refusal(of: record)
            #expect(
                (refusal == nil) == model.allows(step, by: author),
                "SEED=\(seed) \(number) \(String(describing: refusal))")
            guard refusal == nil else {
                refused += 1
                continue
            }
            if record.beginning != nil { cuts.append(cut) }
            model.take(step)
            past.append((log.head, model))
        }
        #expect(refused > 0)
        #expect(try MembershipLog(parsing: log.records.map(\.bytes)) == log)
        try check(log, past, crew, people, cuts)
        let kept = try MembershipLog(keeping: log.kept())
        #expect(kept == log && kept.verifiedCount == 0, "SEED=\(seed)")
        try check(kept, past, crew, people, cuts)
    }

    private func check(
        _ log: MembershipLog, _ past: [(head: Hash256, model: Model)], _ crew: [Founder], _ people: [PersonID],
        _ cuts: [Frontier]
    ) throws {
        let now = try #require(past.last?.model)
        func member(_ device: Model.Device) -> MembershipLog.Member {
            crew[device.device].member(of: people[device.person], device.role, isRecovery: device.isRecovery)
        }
        #expect(log.members == now.devices.map(member))
        var seen: Set<Int> = []
        #expect(log.people == now.devices.map(\.person).filter { seen.insert($0).inserted }.map { people[$0] })
        #expect(log.end.count == past.count)
        #expect(log.end.head == log.head)
        #expect(log.epochs.map(\.cut) == cuts.map { $0 } + [nil])
        #expect(log.epochs.last?.name == log.epoch)
        for (number, device) in crew.enumerated() {
            let current = now.devices.first { $0.device == number }
            #expect(log.member(device.identity.id) == current.map(member))
            #expect(log.member(signingKey: device.identity.signingKey) == current.map(member))
            #expect(log.isCurrentMember(device.identity.id) == (current != nil))
            #expect(log.wasRemoved(device.identity.id) == (current == nil && now.ever.contains(number)))
            let first = past.firstIndex { $0.model.ever.contains(number) }
            #expect(log.record(adding: device.identity.id) == first.map { log.records[$0] })
            for (head, model) in past {
                let then = model.devices.first { $0.device == number }.map(member)
                #expect(log.member(device.identity.id, at: head) == then)
                #expect(log.member(signingKey: device.identity.signingKey, at: head) == then)
            }
        }
        for (position, (head, model)) in past.enumerated() {
            #expect(log.position(of: head) == position)
            #expect(log.epoch(at: head) == log.epochs[model.epoch].name)
            #expect(
                log.relation(toCount: position + 1, head: head)
                    == (head == log.head ? .equal : .behind(from: position + 1)))
            #expect(Array(log.records(from: position)) == Array(log.records[position...]))
        }
        for epoch in log.epochs {
            #expect(log.record(beginning: epoch.name)?.bodyHash == epoch.name)
            #expect(log.cut(of: epoch.name) == epoch.cut)
        }
        let unknown = Hash256.sha256([])
        #expect(log.position(of: unknown) == nil)
        #expect(log.epoch(at: unknown) == nil)
        #expect(log.cut(of: unknown) == nil)
        #expect(log.member(crew[0].identity.id, at: unknown) == nil)
    }
}
