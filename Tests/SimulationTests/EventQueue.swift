/// A priority queue of events by time, first in first out at equal times: a binary heap.
struct EventQueue<Event> {
    private struct Item {
        let time: Duration
        let sequence: Int
        /// The index of its event; events are large, and are not moved.
        let place: Int

        func isBefore(_ other: Item) -> Bool { (time, sequence) < (other.time, other.sequence) }
    }

    private var items: [Item] = []
    private var sequence = 0
    private var events: [Event?] = []
    private var freePlaces: [Int] = []

    mutating func push(_ event: Event, at time: Duration) {
        sequence += 1
        let place = freePlaces.popLast() ?? events.count
        if place == events.count { events.append(event) } else { events[place] = event }
        items.append(Item(time: time, sequence: sequence, place: place))
        var child = items.count - 1
        while child > 0, items[child].isBefore(items[(child - 1) / 2]) {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> (time: Duration, event: Event)? {
        guard let first = removeFirst(), let event = events[first.place] else { return nil }
        events[first.place] = nil
        freePlaces.append(first.place)
        return (first.time, event)
    }

    private mutating func removeFirst() -> Item? {
        guard let last = items.popLast() else { return nil }
        guard let first = items.first else { return last }
        items[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < items.count {
                if items[child].isBefore(items[least]) { least = child }
            }
            guard least != parent else { break }
            items.swapAt(parent, least)
            parent = least
        }
        return first
    }
}
