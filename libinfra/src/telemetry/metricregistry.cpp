// SPDX-License-Identifier: MIT
#include <infra/metricregistry.h>

#include "threadannotations.h"

#include <QStringBuilder>

#include <algorithm>
#include <map>
#include <utility>

namespace Infra {

using Detail::Mutex;
using Detail::MutexLocker;

struct MetricRegistry::Private
{
    mutable Mutex mutex;
    std::vector<std::pair<std::uint64_t, const MetricSource *>> sources INFRA_GUARDED_BY(mutex);
    std::uint64_t nextKey INFRA_GUARDED_BY(mutex) = 1;
};

struct MetricRegistry::Registration::Private
{
    std::weak_ptr<MetricRegistry::Private> registry;
    std::uint64_t key = 0;
};

MetricRegistry::Registration::Registration() noexcept = default;
MetricRegistry::Registration::Registration(std::unique_ptr<Private> registered) noexcept : d(std::move(registered)) {}
MetricRegistry::Registration::Registration(Registration &&other) noexcept = default;

MetricRegistry::Registration &MetricRegistry::Registration::operator=(Registration &&other) noexcept
{
    if (this != &other) {
        reset();
        d = std::move(other.d);
    }
    return *this;
}

MetricRegistry::Registration::~Registration()
{
    reset();
}

void MetricRegistry::Registration::reset()
{
    const std::unique_ptr<Private> ended = std::move(d);
    if (!ended)
        return;
    if (const auto registry = ended->registry.lock()) {
        const MutexLocker locker(registry->mutex);
        std::erase_if(registry->sources, [&](const auto &entry) { return entry.first == ended->key; });
    }
}

MetricRegistry::MetricRegistry() : d(std::make_shared<Private>()) {}
MetricRegistry::~MetricRegistry() = default;

MetricRegistry::Registration MetricRegistry::add(const MetricSource &source)
{
    auto registration = std::make_unique<Registration::Private>();
    registration->registry = d;
    const MutexLocker locker(d->mutex);
    registration->key = d->nextKey++;
    d->sources.emplace_back(registration->key, &source);
    return Registration(std::move(registration));
}

std::vector<ComponentSnapshot> MetricRegistry::collect() const
{
    std::vector<ComponentSnapshot> snapshots;
    {
        const MutexLocker locker(d->mutex);
        snapshots.reserve(d->sources.size());
        for (const auto &[key, source] : d->sources)
            snapshots.push_back(source->snapshot());
    }
    std::map<std::pair<ComponentSnapshot::Kind, QByteArray>, int> seen;
    for (ComponentSnapshot &snapshot : snapshots) {
        const int count = ++seen[{snapshot.kind, snapshot.name}];
        if (count > 1)
            snapshot.name += " (" + QByteArray::number(count) + ')';
    }
    return snapshots;
}

} // namespace Infra
