import Causality
import Membership
import Sealing
import TestSupport
import Testing

/// Who opens which epochs.
@Suite struct SpaceKeyChainTests {
    @Test func aNewcomerOpensAllEpochsAndOneWhoWentNoNewOne() throws {
        var house = try Household(seed: 1, devices: 4)
        try house.add(1)
        try house.rotate()
        try house.remove([1])
        try house.add(2)
        try house.rotate(by: 2)
        try house.add(3, by: 2)
        #expect(house.errors(of: 0) == [nil, nil, nil, nil])
        #expect(house.errors(of: 1) == [nil, nil, .noKeys, .noKeys])
        #expect(house.errors(of: 2) == [nil, nil, nil, nil])
        #expect(house.errors(of: 3) == [nil, nil, nil, nil])
        let founder = try house.chain(0)
        for device in 1...3 {
            let chain = try house.chain(device)
            for epoch in house.log.epochs.map(\.name) {
                guard let keys = chain[epoch] else { continue }
                #expect(keys.epoch == epoch)
                #expect(try keys.isSame(as: try founder.keys(of: epoch)))
                #expect(try keys.isSame(as: try SpaceKeys(of: epoch, in: house.log, openedBy: house.devices[device])))
            }
        }
        #expect(try house.chain(1).current == nil)
        #expect(try house.chain(3).current?.epoch == house.log.epoch)
        #expect(try house.chain(3)[.sha256([])] == nil)
    }

    /// Every epoch has a box key of its own, and all name fields alike.
    @Test func epochsShareNothingButTheNamesOfFields() throws {
        var house = try Household(seed: 2, devices: 2)
        try house.rotate()
        try house.add(1)
        try house.remove([1])
        let chain = try house.chain(0)
        let keys = try house.log.epochs.map { try chain.keys(of: $0.name) }
        let entry = EntryID(high: 3, low: 4)
        #expect(Set(keys.map { $0.token(of: "title", in: entry) }).count == 1)
        for (first, one) in keys.enumerated() {
            for (second, other) in keys.enumerated() {
                #expect(try one.isSame(as: other) == (first == second))
            }
        }
    }

    @Test func aStrangerHasNoKeys() throws {
        let house = try Household(seed: 3, devices: 2)
        #expect(throws: SealingError.noKeys) { try house.chain(1) }
    }

    @Test(arguments: 0..<25)
    func whoOpensWhatIsWhatThePlainModelSays(_ seed: Int) throws {
        var house = try Household(seed: 10 + seed, devices: 6)
        var current: Set<Int> = [0]
        var lastEpoch: [Int: Int] = [0: 0]  // of each device that ever came, the last epoch in which it was there
        var epoch = 0
        for _ in 0..<14 {
            let author = house.generator.pick(current.sorted())
            let device = house.generator.below(6)
            switch house.generator.below(4) {
            case 0, 1:
                guard lastEpoch[device] == nil else { continue }
                try house.add(device, by: author)
                current.insert(device)
            case 2:
                guard current.contains(device), current.count > 1, device != author else { continue }
                try house.remove([device], by: author)
                current.remove(device)
                epoch += 1
            case _:
                try house.rotate(by: author)
                epoch += 1
            }
            for device in current { lastEpoch[device] = epoch }
        }
        let read = try MembershipLog(parsing: house.log.records.map(\.bytes))
        #expect(read == house.log)
        for device in 0..<6 where lastEpoch[device] != nil {
            try house.checkFollowing(device, "SEED=\(seed) device \(device)")
        }
        for device in 0..<6 {
            guard let last = lastEpoch[device] else {
                #expect(throws: SealingError.noKeys) { try house.chain(device) }
                continue
            }
            let expected = (0...epoch).map { $0 <= last ? nil : SealingError.noKeys }
            #expect(house.errors(of: device) == expected, "SEED=\(seed) device \(device)")
        }
    }

    // MARK: What does not open

    /// A rotation by the founder, with these wraps and this key before.
    private func rotation(
        _ house: Household, by author: Int = 0, before: [UInt8],
        wrapping: (Hash256, DeviceIdentity) throws -> [UInt8]
    ) throws -> MembershipRecord {
        try MembershipRecord.rotate(
            house.log, cut: Frontier(), before: before, by: house.id(author), wrapping: wrapping,
            signing: house.devices[author].signature(of:))
    }

    private func place(_ house: Household, _ epoch: Hash256, _ device: DeviceIdentity) -> WrapPlace {
        WrapPlace(
            suite: .one, space: house.log.space, epoch: epoch, recipient: device, previous: house.log.head)
    }

    /// Who loses the key before by damage still has his own wraps; a newcomer loses what only it led to.
    @Test func aKeyBeforeThatDoesNotOpenCostsItsEpochsOnly() throws {
        var house = try Household(seed: 4, devices: 3)
        try house.add(1)
        try house.rotate()
        let secret = [UInt8](repeating: 3, count: 64)
        try house.log.append(
            rotation(house, before: Array(repeating: 1, count: 60)) { try place(house, $0, $1).wrap(secret) })
        // Whoever has the keys from before adds nobody to such an epoch, since that would cost the newcomer these.
        #expect(throws: SealingError.notOpened) { try house.add(2) }
        try Defence.$down.withValue([.repairsEpochs]) { try house.add(2) }
        #expect(house.errors(of: 0) == [nil, nil, nil])
        #expect(house.errors(of: 1) == [nil, nil, nil])
        #expect(house.errors(of: 2) == [.noKeys, .notOpened, nil])
        let chain = try house.chain(2)
        #expect(throws: SealingError.notOpened) { try chain.keys(of: house.log.epochs[1].name) }
        #expect(chain.current != nil)
        // The next epoch leads past it.
        try house.rotate()
        #expect(house.errors(of: 0) == [nil, nil, nil, nil])
        #expect(house.errors(of: 2) == [nil, nil, nil, nil])
        for device in [0, 2] { #expect(try house.chain(device).followed == house.log.epoch) }
        for device in 0...2 { try house.checkFollowing(device) }
    }

    /// The next epoch leads back to what a bad wrap hid, but for the current one.
    @Test func aWrapThatDoesNotOpenCostsItsEpochOnly() throws {
        var house = try Household(seed: 5, devices: 2)
        try house.add(1)
        let secret = [UInt8](repeating: 3, count: 64)
        let bad = try rotation(house, before: Array(repeating: 1, count: 60)) { epoch, device in
            device.id == house.id(1)
                ? Array(repeating: 1, count: Suite.one.wrapByteCount) : try place(house, epoch, device).wrap(secret)
        }
        try house.log.append(bad)
        #expect(house.errors(of: 0) == [nil, nil])
        #expect(house.errors(of: 1) == [nil, .notOpened])
        Defence.$down.withValue([.repairsEpochs]) {
            _ = #expect(throws: SealingError.notOpened) {
                try house.log.rotating(cut: Frontier(), by: house.devices[1], using: &house.generator)
            }
        }
        try house.rotate()
        #expect(house.errors(of: 0) == [nil, nil, nil])
        #expect(house.errors(of: 1) == [nil, .notOpened, nil], "nobody writes under a key that leads nowhere")
        for device in 0...1 { try house.checkFollowing(device) }
    }

    /// Keys that are none for anybody, again and again: an owner's device begins an epoch without them, and everybody
    /// reads on, newcomers too.
    @Test func anEpochThatNobodyOpensIsPassedOver() throws {
        var house = try Household(seed: 8, devices: 4)
        try house.add(1)
        try house.add(2)
        try house.rotate()
        for _ in 0..<3 {
            try house.log.append(
                rotation(house, by: 2, before: Array(repeating: 1, count: 60)) { _, _ in
                    Array(repeating: 1, count: Suite.one.wrapByteCount)
                })
        }
        let good = house.log.epochs[1].name
        for device in 0...2 {
            #expect(house.errors(of: device) == [nil, nil, .notOpened, .notOpened, .notOpened])
            let chain = try house.chain(device)
            #expect(chain.followed == good && chain.current == nil)
            #expect(throws: SealingError.notOpened) { try house.add(3, by: device) }
        }
        try house.remove([2], by: 1)
        for device in 0...1 {
            #expect(house.errors(of: device) == [nil, nil, .notOpened, .notOpened, .notOpened, nil])
            #expect(try house.chain(device).followed == house.log.epoch)
        }
        try house.add(3)
        #expect(house.errors(of: 3) == [nil, nil, .noKeys, .noKeys, .noKeys, nil])
        let keys = try #require(try house.chain(3)[good])
        #expect(try keys.isSame(as: try house.chain(0).keys(of: good)))
        let entry = EntryID(high: 3, low: 4)
        let current = try #require(try house.chain(3).current)
        #expect(current.token(of: "title", in: entry) == keys.token(of: "title", in: entry))
        for device in [0, 1, 3] { try house.checkFollowing(device) }
    }

    /// Good wraps, and a `before` that leads nowhere, or holds another key than the epoch before has: nothing is
    /// written under it.
    @Test(arguments: [false, true])
    func anEpochThatLosesKeysIsPassedOver(_ isOtherKey: Bool) throws {
        var house = try Household(seed: 9, devices: 3)
        try house.add(1)
        try house.rotate()
        let secret = [UInt8](repeating: 3, count: 64)
        let before =
            isOtherKey
            ? bridge(house, to: 1, key: [UInt8](repeating: 4, count: 32), under: secret)
            : [UInt8](repeating: 1, count: 60)
        try house.log.append(rotation(house, before: before) { try place(house, $0, $1).wrap(secret) })
        for device in 0...1 {
            #expect(house.errors(of: device) == [nil, nil, nil])
            #expect(try house.chain(device).followed == house.log.epochs[1].name)
        }
        try house.rotate(by: 1)
        try house.add(2)
        #expect(house.errors(of: 2) == [nil, nil, .noKeys, nil])
        for device in 0...1 {
            for epoch in [0, 1, 3] { try checkSame(house, device, 2, epoch) }
        }
        for device in 0...2 { try house.checkFollowing(device) }
    }

    /// A thief leads newcomers past an epoch that is good, back to one that was bad before: who has its key hands it
    /// on.
    @Test func whatANewEpochLeadsPastIsHandedOn() throws {
        var house = try Household(seed: 12, devices: 4)
        try house.add(1)
        try house.add(2)
        let first = try #require(house.chain(2).handedOn(house.log.epochs[0].name))
        let bad = [UInt8](repeating: 5, count: 64)
        try house.log.append(
            rotation(house, by: 2, before: bridge(house, to: 0, key: first, under: bad)) { _, _ in
                Array(repeating: 1, count: Suite.one.wrapByteCount)
            })
        try house.rotate()
        for device in 0...1 { #expect(try house.chain(device).strays == []) }
        // What opened for nobody opens for all now, and is led to.
        let secret = [UInt8](repeating: 3, count: 64)
        try house.log.append(
            rotation(house, by: 2, before: bridge(house, to: 1, key: Array(bad.prefix(32)), under: secret)) {
                try place(house, $0, $1).wrap(secret)
            })
        let epochs = house.log.epochs.map(\.name)
        for device in 0...1 {
            let chain = try house.chain(device)
            #expect(chain.followed == epochs[3] && chain.strays == [epochs[2]])
            #expect(house.errors(of: device) == [nil, nil, nil, nil])
        }
        try house.remove([2])
        try house.add(3, by: 1)
        #expect(house.errors(of: 3) == [nil, nil, .noKeys, nil, nil])
        var chain = try house.chain(3)
        #expect(chain.missingKeys && chain.strays == [])
        // Nothing but the key itself is taken.
        #expect(chain.adopt(Array(repeating: 7, count: 32), of: epochs[2], in: house.log) == [])
        #expect(chain.adopt([], of: epochs[2], in: house.log) == [])
        #expect(chain.adopt(first, of: .sha256([]), in: house.log) == [])
        let handed = try #require(house.chain(0).handedOn(epochs[2]))
        #expect(chain.adopt(handed, of: epochs[2], in: house.log) == [epochs[2]])
        let keys = try #require(chain[epochs[2]])
        #expect(try keys.isSame(as: try house.chain(0).keys(of: epochs[2])))
        #expect(chain.followed == house.log.epoch && !chain.missingKeys)
        #expect(chain.adopt(handed, of: epochs[2], in: house.log) == [], "once is enough")
        // It goes on with the log.
        try house.rotate()
        chain = try chain.following(house.log, openedBy: house.devices[3])
        #expect(chain[epochs[2]] != nil && chain.followed == house.log.epoch)
        for device in [0, 1, 3] { try house.checkFollowing(device) }
    }

    /// A thief gives one device alone keys that are good, again and again: it comes back to the others with their next
    /// epoch, and hands on the keys that it alone has.
    @Test func whoAloneWasGivenKeysFollowsTheOthersAgain() throws {
        var house = try Household(seed: 13, devices: 4)
        try house.add(1)
        try house.add(2)
        var before = try #require(house.chain(2).handedOn(house.log.epochs[0].name))
        for round in 0..<3 {
            let secret = [UInt8](repeating: UInt8(round + 3), count: 64)
            let sealed = bridge(house, to: round, key: before, under: secret)
            try house.log.append(
                rotation(house, by: 2, before: sealed) { epoch, device in
                    device.id == house.id(1)
                        ? try place(house, epoch, device).wrap(secret)
                        : Array(repeating: 1, count: Suite.one.wrapByteCount)
                })
            before = Array(secret.prefix(32))
        }
        #expect(try house.chain(1).followed == house.log.epochs[3].name)
        #expect(try house.chain(0).followed == house.log.epochs[0].name)
        try house.remove([2])
        let epochs = house.log.epochs.map(\.name)
        let alone = try house.chain(1)
        #expect(alone.followed == epochs[4] && alone.strays == Array(epochs[1...3]))
        for device in [0, 3] {
            if device == 3 { try house.add(3, by: 1) }
            var chain = try house.chain(device)
            #expect(chain.followed == epochs[4] && chain[epochs[1]] == nil)
            // The last leads to the others.
            let handed = try #require(alone.handedOn(epochs[3]))
            #expect(chain.adopt(handed, of: epochs[3], in: house.log) == Set(epochs[1...3]))
            for epoch in epochs[1...3] {
                #expect(try chain.keys(of: epoch).isSame(as: try alone.keys(of: epoch)))
            }
        }
        for device in [0, 1, 3] { try house.checkFollowing(device) }
    }

    /// What a newcomer was led to when they came stays so, whatever a later record holds.
    @Test func noLaterRecordChangesAKeyThatLeads() throws {
        var house = try Household(seed: 14, devices: 3)
        try house.rotate()
        try house.add(1)
        try house.add(2)
        let secret = [UInt8](repeating: 3, count: 64)
        for target in [0, 1, 0] {
            let before = bridge(house, to: target, key: [UInt8](repeating: 4, count: 32), under: secret)
            try house.log.append(rotation(house, by: 1, before: before) { try place(house, $0, $1).wrap(secret) })
            for device in 0...2 {
                #expect(try house.chain(device).followed == house.log.epochs[1].name)
                for epoch in 0...1 { try checkSame(house, 0, device, epoch) }
            }
        }
        try house.rotate(by: 2)
        for device in 0...2 {
            #expect(try house.chain(device).followed == house.log.epoch)
            try house.checkFollowing(device)
        }
    }

    /// What lies in a record that follows the head: a key sealed as that of an epoch.
    private func bridge(_ house: Household, to epoch: Int, key: [UInt8], under secret: [UInt8]) -> [UInt8] {
        var generator = house.generator
        return KeyBridge(
            suite: .one, space: house.log.space, ending: house.log.epochs[epoch].name, previous: house.log.head
        ).seal(key, under: Array(secret.prefix(32)), using: &generator)
    }

    private func checkSame(_ house: Household, _ one: Int, _ other: Int, _ epoch: Int) throws {
        let name = house.log.epochs[epoch].name
        #expect(try house.chain(one).keys(of: name).isSame(as: try house.chain(other).keys(of: name)))
    }

    /// A later epoch leads to what no wrap opened before: who follows learns of it as who comes anew.
    @Test func whatOpensLaterByAnotherWayIsFollowed() throws {
        var house = try Household(seed: 10, devices: 3)
        try house.add(1)
        let good = try house.log.rotating(cut: Frontier(), by: house.devices[0], using: &house.generator)
        let beginning = try #require(good.beginning)
        // The same with a bad wrap for one device, who has the key from the next epoch.
        try house.log.append(
            rotation(house, before: beginning.before) { _, device in
                device.id == house.id(1)
                    ? Array(repeating: 1, count: Suite.one.wrapByteCount)
                    : beginning.wraps.first { $0.device == device.id }?.sealed ?? []
            })
        try house.rotate()
        try house.rotate()
        try house.add(2)
        for device in 0...2 { try house.checkFollowing(device) }
    }

    /// A thief begins so many epochs that what lies in each cannot be tried against all before it: that costs nobody
    /// what was there before.
    @Test func manyBadEpochsCostFewTries() throws {
        var house = try Household(seed: 11, devices: 3)
        try house.rotate()
        try house.add(1)
        let early = house.log
        let secret = [UInt8](repeating: 3, count: 64)
        for _ in 0..<400 {
            try house.log.append(
                rotation(house, by: 1, before: Array(repeating: 1, count: 60)) { try place(house, $0, $1).wrap(secret) }
            )
        }
        #expect(400 * 400 / 2 > SealingLimits.bridgeTriesMax)
        try house.rotate()
        try house.add(2)
        for device in 0...2 {
            let chain = try house.chain(device)
            #expect(chain.followed == house.log.epoch)
            #expect(chain[house.log.epochs[0].name] != nil && chain[house.log.epochs[1].name] != nil)
            guard device < 2 else { continue }
            let following = try SpaceKeyChain(of: early, openedBy: house.devices[device])
                .following(house.log, openedBy: house.devices[device])
            #expect(following.followed == house.log.epoch && following[house.log.epochs[0].name] != nil)
        }
    }

    /// A wrap that was made for another device, record or epoch opens nowhere.
    @Test func swappedWrapsDoNotOpen() throws {
        var house = try Household(seed: 6, devices: 3)
        try house.add(1)
        try house.rotate()
        let secret = [UInt8](repeating: 3, count: 64)
        let before = [UInt8](repeating: 1, count: 60)
        let devices = [house.devices[0].identity, house.devices[1].identity]
        // Between devices of one record.
        var swapped = house
        try swapped.log.append(
            rotation(house, before: before) { epoch, device in
                try place(house, epoch, device == devices[0] ? devices[1] : devices[0]).wrap(secret)
            })
        #expect(swapped.errors(of: 0) == [nil, nil, .notOpened])
        #expect(swapped.errors(of: 1) == [nil, nil, .notOpened])
        // From the record before: the old epoch's keys are no keys of the new one.
        let old = try #require(house.log.records.last?.beginning)
        var replayed = house
        try replayed.log.append(
            rotation(house, before: before) { _, device in
                old.wraps.first { $0.device == device.id }?.sealed ?? []
            })
        #expect(replayed.errors(of: 0) == [nil, nil, .notOpened])
        #expect(replayed.errors(of: 1) == [nil, nil, .notOpened])
        // From the record that added another device, and from an addition that was made at another head.
        let elsewhere = try house.log.adding(
            device: house.devices[2].identity, person: house.owner, role: .owner, by: house.devices[0])
        guard case .add(let member, let wrap) = elsewhere.content else { return #expect(Bool(false)) }
        try house.rotate()
        let late = MembershipRecord.add(
            member, to: house.log, by: house.id(0), wrapping: { _, _ in wrap.sealed },
            signing: house.devices[0].signature(of:))
        try house.log.append(late)
        #expect(house.errors(of: 2) == [.noKeys, .noKeys, .notOpened])
    }

    /// Somebody hands on another index key: who came before him goes on naming fields as ever.
    @Test func nobodyChangesHowFieldsAreNamed() throws {
        var house = try Household(seed: 7, devices: 1)
        let first = try house.chain(0).keys(of: house.log.epoch)
        let secret = [UInt8](repeating: 3, count: 64)
        try house.log.append(
            rotation(house, before: Array(repeating: 1, count: 60)) { try place(house, $0, $1).wrap(secret) })
        let entry = EntryID(high: 3, low: 4)
        let current = try #require(try house.chain(0).current)
        #expect(current.token(of: "title", in: entry) == first.token(of: "title", in: entry))
        #expect(current.importedEntryID(source: "a", id: "b") == first.importedEntryID(source: "a", id: "b"))
        try house.checkFollowing(0)
    }
}
