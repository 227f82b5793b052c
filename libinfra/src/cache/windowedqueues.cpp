// SPDX-License-Identifier: MIT
#include "windowedqueues.h"

#include <algorithm>

namespace Infra::Detail {

void WindowedQueues::link(PolicyNode *node, PolicyQueue queue) noexcept
{
    Queue &to = of(queue);
    node->queue = queue;
    node->previous = nullptr;
    node->next = to.first;
    (to.first ? to.first->previous : to.last) = node;
    to.first = node;
    ++to.count;
    to.weight += node->weight;
}

void WindowedQueues::unlink(PolicyNode *node) noexcept
{
    Queue &from = of(node->queue);
    (node->previous ? node->previous->next : from.first) = node->next;
    (node->next ? node->next->previous : from.last) = node->previous;
    --from.count;
    from.weight -= node->weight;
    node->queue = PolicyQueue::None;
}

std::uint64_t WindowedQueues::windowTarget() const noexcept
{
    return static_cast<std::uint64_t>(m_tuning.windowShare * static_cast<double>(weight()) + 0.5);
}

void WindowedQueues::add(PolicyNode *node) noexcept
{
    link(node, PolicyQueue::Window);
}

void WindowedQueues::touch(PolicyNode *node) noexcept
{
    const bool inWindow = node->queue == PolicyQueue::Window;
    unlink(node);
    link(node, inWindow ? PolicyQueue::Window : PolicyQueue::Protected);
    if (!inWindow)
        demote();
}

void WindowedQueues::demote() noexcept
{
    const std::uint64_t main = of(PolicyQueue::Probation).weight + of(PolicyQueue::Protected).weight;
    Queue &guarded = of(PolicyQueue::Protected);
    while (guarded.count > 1 && guarded.weight * 5 > main * 4) {
        PolicyNode *const node = guarded.last;
        unlink(node);
        link(node, PolicyQueue::Probation);
    }
}

void WindowedQueues::remove(PolicyNode *node) noexcept
{
    unlink(node);
}

void WindowedQueues::replace(PolicyNode *node, PolicyNode *replacement) noexcept
{
    Queue &queue = of(node->queue);
    replacement->previous = node->previous;
    replacement->next = node->next;
    replacement->queue = node->queue;
    (node->previous ? node->previous->next : queue.first) = replacement;
    (node->next ? node->next->previous : queue.last) = replacement;
    queue.weight += replacement->weight;
    queue.weight -= node->weight;
    node->queue = PolicyQueue::None;
}

bool WindowedQueues::isAdmitted(const PolicyNode *candidate) noexcept
{
    const PolicyNode *victim = of(PolicyQueue::Probation).last;
    bool guarded = false;
    const int wanted = m_sketch.frequency(candidate->hash);
    int displaced = 0;
    std::uint64_t freed = 0;
    while (freed < candidate->weight) {
        if (!victim && !guarded) {
            guarded = true;
            victim = of(PolicyQueue::Protected).last;
        }
        if (!victim)
            return freed > 0; // Outweighs the whole main part, and was asked for more often than all of it.
        displaced += m_sketch.frequency(victim->hash);
        freed += victim->weight;
        victim = victim->previous;
        if (wanted <= displaced + m_tuning.lead) {
            // Once in a while a warm loser gets in, so that nobody can keep the victim's place by feeding the
            // sketch with colliding keys.
            return wanted > 5 && (m_random.next() & 127) == 0;
        }
    }
    return true;
}

PolicyNode *WindowedQueues::evict() noexcept
{
    const auto lastOf = [this](PolicyQueue first, PolicyQueue second) {
        return of(first).last ? of(first).last : of(second).last;
    };
    PolicyNode *victim = lastOf(PolicyQueue::Probation, PolicyQueue::Protected);
    Queue &window = of(PolicyQueue::Window);
    if (!victim) {
        victim = window.last;
    } else if (window.count > 0 && window.weight > std::max(windowTarget(), std::uint64_t{window.first->weight})) {
        PolicyNode *const candidate = window.last;
        if (isAdmitted(candidate)) {
            unlink(candidate);
            link(candidate, PolicyQueue::Probation);
        } else {
            victim = candidate;
        }
    }
    if (victim)
        unlink(victim);
    return victim;
}

void WindowedQueues::settle() noexcept
{
    // Bounded, so that a window that just shrank does not stop a writer for as long as the tier is large.
    constexpr int AtMost = 32;
    Queue &window = of(PolicyQueue::Window);
    const std::uint64_t target = windowTarget();
    for (int i = 0; i < AtMost && window.count > 1 && window.weight > target; ++i) {
        PolicyNode *const node = window.last;
        unlink(node);
        link(node, PolicyQueue::Probation);
    }
}

const char *WindowedQueues::validate() const noexcept
{
    for (PolicyQueue name : {PolicyQueue::Window, PolicyQueue::Probation, PolicyQueue::Protected}) {
        const Queue &queue = m_queues[index(name)];
        std::uint64_t counted = 0;
        std::uint64_t weighed = 0;
        const PolicyNode *before = nullptr;
        for (const PolicyNode *node = queue.first; node; before = node, node = node->next) {
            if (node->previous != before)
                return "a policy queue's links disagree";
            if (node->queue != name)
                return "an entry is in another policy queue than it says";
            if (++counted > queue.count)
                return "a policy queue is longer than its count";
            weighed += node->weight;
        }
        if (queue.last != before || counted != queue.count || weighed != queue.weight)
            return "a policy queue's end, count or weight is wrong";
    }
    return nullptr;
}

} // namespace Infra::Detail
