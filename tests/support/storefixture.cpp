// SPDX-License-Identifier: MIT
#include "storefixture.h"

#include <QtGlobal>

namespace InfraTest {

using namespace Infra;
using namespace Infra::Detail;

namespace {
constexpr std::chrono::seconds Patience{20};
}

StoreFixture::StoreFixture(const StoreFaults &faults) : m_faults(faults)
{
    // The housekeeper acts when the test says so.
    changed.housekeepingInterval = std::chrono::minutes(1);
}

StoreOptions StoreFixture::options() const
{
    StoreOptions options = changed;
    options.url = url();
    return options;
}

std::shared_ptr<SqliteStore> StoreFixture::openAnother(const StoreFaults &faults)
{
    auto store = SqliteStore::open(options(), path(), faults);
    if (!store)
        qFatal("opening the store: %s", qPrintable(toString(store.error())));
    return *store;
}

SqliteStore &StoreFixture::store()
{
    if (!m_store)
        m_store = openAnother(m_faults);
    return *m_store;
}

void StoreFixture::close()
{
    m_store.reset();
}

WriteOperation setOperation(std::uint32_t region, const QByteArray &key, const QByteArray &value)
{
    WriteOperation operation;
    operation.regionId = region;
    operation.key = key;
    operation.keyHash = keyHash(key);
    operation.value = value;
    operation.times.storedAt = Clock::system().systemNow();
    return operation;
}

WriteOutcome put(SqliteStore &store, std::uint32_t region, const QByteArray &key, const QByteArray &value)
{
    auto outcomes = store.write({setOperation(region, key, value)}, Patience);
    if (!outcomes)
        qFatal("writing: %s", qPrintable(toString(outcomes.error())));
    return outcomes->front();
}

std::optional<StoredEntry> get(SqliteStore &store, std::uint32_t region, const QByteArray &key)
{
    auto entry = store.read(region, key, keyHash(key), Patience);
    if (!entry)
        qFatal("reading: %s", qPrintable(toString(entry.error())));
    return *entry;
}

std::uint32_t regionOf(SqliteStore &store, const QByteArray &name)
{
    auto region = store.openRegion(name, Patience);
    if (!region)
        qFatal("opening a region: %s", qPrintable(toString(region.error())));
    return *region;
}

bool isCurrent(SqliteStore &store, std::uint32_t region, const QByteArray &key, CoherenceStamp stamp)
{
    const CoherenceView *view = store.coherence(region).load(std::memory_order_acquire);
    return view && view->isCurrent(keyHash(key), stamp);
}

} // namespace InfraTest
