// SPDX-License-Identifier: GPL-3.0-or-later
#include "livesession.h"

#include "dataworker.h"

#include <infra/cache.h>
#include <infra/cachestore.h>

#include <QCoreApplication>
#include <QEvent>
#include <QtConcurrent>

#include <utility>

namespace InfraConsole {

using namespace std::chrono_literals;
using Infra::Error;
using Infra::failure;
using Infra::Result;

namespace {

const QEvent::Type InboxEvent = static_cast<QEvent::Type>(QEvent::registerEventType());

constexpr auto PreviewDeadline = 10s;
// Of a region of millions; the operator can stop it before.
constexpr auto InvalidateDeadline = 10min;
constexpr auto BrowseDeadline = 5s;
constexpr int LongestPage = 10'000;
constexpr auto RepublishingPause = 250ms;

QByteArray actor()
{
    const QByteArray user = qgetenv("USER");
    return user.isEmpty() ? QByteArrayLiteral("operator (infra-console)") : user.left(64) + QByteArrayLiteral(" (infra-console)");
}

Result<EntryPage> readEntries(const Infra::CacheStore &store, const QByteArray &region, const QByteArray &prefix,
                              const QByteArray &after, int limit)
{
    const int wanted = std::clamp(limit, 1, LongestPage - 1);
    auto found = store.entries(region, prefix, after, wanted + 1, BrowseDeadline);
    if (!found)
        return failure(found.error());
    EntryPage page;
    page.hasMore = found->size() > static_cast<std::size_t>(wanted);
    page.entries = std::move(*found);
    if (page.hasMore)
        page.entries.pop_back();
    return page;
}

Result<EntryValue> readValue(Infra::CacheStore &store, const QByteArray &region, const QByteArray &key)
{
    // No memory tier: what the store holds now, and nothing is kept.
    Infra::CacheOptions options;
    options.memoryEntries = 0;
    options.memoryBytes = 0;
    auto cache = Infra::Cache::create(store, region, options);
    if (!cache)
        return failure(cache.error());
    auto value = (*cache)->get(key);
    if (!value)
        return failure(value.error());
    if (!*value)
        return failure(Error::Kind::NotFound,
                       LiveSession::tr( "The key holds no current value: it expired or was removed."));
    EntryValue result;
    result.size = static_cast<std::uint64_t>((*value)->size());
    result.bytes = (*value)->left(EntryValue::Limit);
    return result;
}

} // namespace

LiveSession::LiveSession(SessionOptions options, QObject *parent)
    : Session(parent), m_options(std::move(options)), m_snapshot(std::make_shared<Snapshot>()),
      m_services(m_options.health)
{
    if (m_options.readOnly)
        m_readOnlyReason = tr("A profile opens this store read-only.");
    m_storeThreads.setMaxThreadCount(2);
    m_storeThreads.setObjectName(QStringLiteral("console-store"));
    for (const Infra::ServiceEndpoint &service : m_options.services) {
        if (auto added = m_services.add(service.name, service.baseUrl.toString()); !added)
            qWarning("%s", qPrintable(added.error().message));
    }
    connect(&m_services, &ServiceWatch::edited, this, &LiveSession::servicesEdited);
    connect(&m_services, &ServiceWatch::verdictChanged, this, &LiveSession::verdictChanged);
    m_republishing.setSingleShot(true);
    m_republishing.setInterval(RepublishingPause);
    connect(&m_republishing, &QTimer::timeout, this, [this] {
        if (std::exchange(m_republishWanted, false))
            republish();
    });
    connect(&m_services, &ServiceWatch::changed, this, &LiveSession::republish);
}

LiveSession::~LiveSession()
{
    close();
    m_worker.reset();
    m_storeThreads.waitForDone();
}

// While it exists, the session is not closed.
class LiveSession::Running
{
public:
    explicit Running(LiveSession &session) : m_session(session) { m_session.noteStart(); }
    ~Running() { m_session.noteEnd(); }
    Running(const Running &) = delete;
    Running &operator=(const Running &) = delete;

private:
    LiveSession &m_session;
};

void LiveSession::close()
{
    {
        const std::lock_guard lock(m_inboxMutex);
        if (std::exchange(m_isClosing, true))
            return;
        m_inbox = {};
    }
    m_services.disconnect(this);
    m_republishing.stop();
    for (const auto &weak : m_previews) {
        if (const CancelFlag flag = weak.lock())
            flag->store(true);
    }
    for (const auto &weak : m_invalidations) {
        if (const InvalidationWatch watch = weak.lock())
            watch->cancelled = true;
    }
    m_storeThreads.clear();
    // The worker has the store still: who closes a database may wait for the disk, and it shall not be this thread.
    m_store.reset();
    if (m_worker)
        m_worker->stop();
    const std::lock_guard lock(m_inboxMutex);
    post();
}

bool LiveSession::isClosed() const
{
    const std::lock_guard lock(m_inboxMutex);
    return m_isClosing && m_running == 0;
}

void LiveSession::start()
{
    Infra::StoreOptions store;
    store.url = m_options.storeUrl;
    store.accessMode = m_options.readOnly ? Infra::StoreOptions::AccessMode::ReadOnly
                                          : Infra::StoreOptions::AccessMode::Existing;
    // Enough for the worker and the two threads that answer the window.
    store.readers = 3;
    DataWorker::Callbacks callbacks;
    callbacks.publish = [this](SnapshotPointer snapshot) {
        put([&snapshot](Inbox &inbox) { inbox.snapshot = std::move(snapshot); });
    };
    callbacks.openFailed = [this](const Error &error) { put([&error](Inbox &inbox) { inbox.error = error; }); };
    callbacks.opened = [this](std::shared_ptr<Infra::CacheStore> opened, const std::optional<Error> &refused) {
        put([&](Inbox &inbox) {
            inbox.store = std::move(opened);
            inbox.refused = refused;
        });
    };
    callbacks.ended = [this] { noteEnd(); };
    noteStart();
    m_worker = std::make_unique<DataWorker>(std::move(store), m_services, std::move(callbacks));
    m_worker->setThresholds(m_options.thresholds);
}

void LiveSession::put(const std::function<void(Inbox &)> &change)
{
    const std::lock_guard lock(m_inboxMutex);
    if (m_isClosing)
        return;
    change(m_inbox);
    post();
}

void LiveSession::noteStart()
{
    const std::lock_guard lock(m_inboxMutex);
    ++m_running;
}

void LiveSession::noteEnd()
{
    const std::lock_guard lock(m_inboxMutex);
    --m_running;
    if (m_isClosing && m_running == 0)
        post();
}

// Called with m_inboxMutex held.
void LiveSession::post()
{
    if (!std::exchange(m_isPosted, true))
        QCoreApplication::postEvent(this, new QEvent(InboxEvent));
}

bool LiveSession::event(QEvent *event)
{
    if (event->type() != InboxEvent)
        return Session::event(event);
    take();
    return true;
}

void LiveSession::take()
{
    Inbox inbox;
    bool ended = false;
    {
        const std::lock_guard lock(m_inboxMutex);
        m_isPosted = false;
        ended = m_isClosing && m_running == 0;
        inbox = std::exchange(m_inbox, {});
    }
    if (ended) {
        Q_EMIT closed();
        return;
    }
    if (inbox.store)
        m_store = std::move(inbox.store);
    if (inbox.refused) {
        m_readOnlyReason = tr("This account may not change the store: %1").arg(inbox.refused->message);
        Q_EMIT accessChanged();
    }
    if (inbox.snapshot) {
        m_snapshot = std::move(inbox.snapshot);
        Q_EMIT snapshotChanged();
    }
    if (inbox.error)
        Q_EMIT openFailed(*inbox.error);
}

// At once, so that a click is answered; what comes within the pause behind it comes together. Of a hundred services that are
// checked every few seconds each check would build a snapshot of everything.
void LiveSession::republish()
{
    if (m_republishing.isActive()) {
        m_republishWanted = true;
        return;
    }
    if (m_worker)
        m_worker->republish();
    m_republishing.start();
}

std::vector<Infra::ServiceEndpoint> LiveSession::services() const
{
    return m_services.endpoints();
}

SnapshotPointer LiveSession::snapshot() const
{
    return m_snapshot;
}

QString LiveSession::sourceName() const
{
    return m_options.sourceName;
}

bool LiveSession::isDemo() const
{
    return m_options.demo;
}

bool LiveSession::isReadOnly() const
{
    return !m_readOnlyReason.isEmpty();
}

QString LiveSession::readOnlyReason() const
{
    return m_readOnlyReason;
}

bool LiveSession::isProduction() const
{
    return m_options.production;
}

void LiveSession::setWatchedSeries(std::vector<SeriesId> series)
{
    if (m_worker)
        m_worker->setWatched(std::move(series));
}

void LiveSession::refresh()
{
    if (m_worker)
        m_worker->refresh();
}

void LiveSession::setThresholds(const AttentionThresholds &thresholds)
{
    if (m_worker)
        m_worker->setThresholds(thresholds);
}

template<class T, class Work>
QFuture<Result<T>> LiveSession::onStore(Work work)
{
    if (!m_store) {
        QPromise<Result<T>> promise;
        promise.start();
        promise.addResult(failure(Error::Kind::Unavailable, LiveSession::tr("The store is not open yet.")));
        promise.finish();
        return promise.future();
    }
    // Captured first, so that it ends last.
    return QtConcurrent::run(&m_storeThreads, [running = std::make_shared<Running>(*this), store = m_store,
                                               work = std::move(work)]() -> Result<T> { return work(*store); });
}

QFuture<Result<Infra::InvalidationPreview>> LiveSession::preview(const QByteArray &region, const Infra::Target &target,
                                                                 CancelFlag cancelled)
{
    if (!cancelled)
        cancelled = std::make_shared<std::atomic<bool>>(false);
    std::erase_if(m_previews, [](const auto &weak) { return weak.expired(); });
    m_previews.push_back(cancelled);
    return onStore<Infra::InvalidationPreview>([region, target, cancelled](Infra::CacheStore &store) {
        return store.preview(region, target, PreviewDeadline, cancelled.get());
    });
}

QFuture<Result<InvalidationResult>> LiveSession::invalidate(const QByteArray &region, const Infra::Target &target,
                                                            InvalidationWatch watch)
{
    if (!watch)
        watch = std::make_shared<Infra::InvalidationControl>();
    std::erase_if(m_invalidations, [](const auto &weak) { return weak.expired(); });
    m_invalidations.push_back(watch);
    return onStore<InvalidationResult>([region, target, watch, instances = coherentInstances(*m_snapshot, region)](
                                           Infra::CacheStore &store) -> Result<InvalidationResult> {
        auto report = store.invalidate(region, target, actor(), InvalidateDeadline, watch.get());
        if (!report)
            return failure(report.error());
        // The store's promise: when invalidate() returns, no process reads what was removed.
        return InvalidationResult{*report, instances};
    });
}

QFuture<Result<QByteArrayList>> LiveSession::regions()
{
    return onStore<QByteArrayList>([](Infra::CacheStore &store) { return store.regionNames(BrowseDeadline); });
}

QFuture<Result<EntryPage>> LiveSession::entries(const QByteArray &region, const QByteArray &prefix,
                                                const QByteArray &after, int limit)
{
    return onStore<EntryPage>([=](Infra::CacheStore &store) { return readEntries(store, region, prefix, after, limit); });
}

QFuture<Result<EntryValue>> LiveSession::value(const QByteArray &region, const QByteArray &key)
{
    return onStore<EntryValue>([=](Infra::CacheStore &store) { return readValue(store, region, key); });
}

void LiveSession::checkService(const QString &name)
{
    m_services.check(name);
}

void LiveSession::checkAllServices()
{
    m_services.checkAll();
}

void LiveSession::pauseService(const QString &name, std::chrono::milliseconds duration)
{
    m_services.pause(name, duration);
}

Result<void> LiveSession::addService(const QString &name, const QString &url)
{
    return m_services.add(name, url);
}

Result<void> LiveSession::editService(const QString &name, const QString &newName, const QString &url)
{
    return m_services.edit(name, newName, url);
}

void LiveSession::removeService(const QString &name)
{
    m_services.remove(name);
}

void LiveSession::moveService(const QString &name, int position)
{
    m_services.move(name, position);
}

} // namespace InfraConsole
