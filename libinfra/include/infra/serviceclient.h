// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clientstatistics.h>
#include <infra/export.h>
#include <infra/metrics.h>
#include <infra/serviceclientoptions.h>
#include <infra/servicerequest.h>
#include <infra/serviceresponse.h>

#include <QFuture>
#include <QUrl>

#include <memory>

namespace Infra {

// Thread safety: all members may be called from any thread at once; the destructor when no other member
// runs.
//
// HTTP calls to one service that do it no harm when it is in trouble: every call has a deadline, only what
// may be repeated is, within a budget, and not at all while the circuit breaker is open. A POST or PATCH
// without an Idempotency-Key reaches the server at most once. Redirects are followed here and never carry
// credentials to another origin. See the option structs for each default and its price.
//
// What a server sends behind an answer is nobody's: the connection is closed. It is taken for the next answer on that connection
// only when it came within a millisecond before that request, behind an answer with a body, or later; and over https, where Qt
// does not let connections be told apart, when it was on several of them, or was the final answer to a call whose end crossed an
// interim one (1xx).
//
// All clients of a process share one thread ("infra-network") with one QNetworkAccessManager; it starts
// with the first call and ends with the QCoreApplication, which must exist before the first client.
//
//     auto client = Infra::ServiceClient::create(QStringLiteral("data-api"), QUrl(QStringLiteral("http://data-api:8006")));
//     if (!client)
//         return Infra::failure(client.error());
//     auto *watcher = new QFutureWatcher<Infra::ServiceResult>(page);
//     QObject::connect(watcher, &QFutureWatcherBase::finished, page, [watcher] {
//         watcher->deleteLater();
//         if (!watcher->isCanceled() && watcher->result() && watcher->result()->isSuccess())
//             show(watcher->result()->body);
//     });
//     watcher->setFuture((*client)->get(QStringLiteral("/items/7")));
//
// A future never holds an exception, and always exactly one result: when cancelled, QFuture itself shows no
// result (QFuture::isCanceled()). A call made while the QCoreApplication is being destroyed, or later, is cancelled at
// once, so that a continuation that always calls again comes to an end. Cancelling a future, or dropping its last copy while it has no
// continuation, aborts the call within 10 ms. A continuation keeps its call alive: keep the future that
// ServiceClient returned to cancel it. Continuations without a context run on the network thread and must be
// quick; never wait for another future there. The context of QFuture::then(context, …) must live until the call has
// ended: Qt 6.4 asserts that. A QFutureWatcher, as above, may go at any time and then aborts the call.
class INFRA_EXPORT ServiceClient final : public MetricSource
{
public:
    // Checks everything at once: InvalidArgument names the option and its range; Unavailable: there is no
    // QCoreApplication. `name` is for statistics and messages, 1 to 128 characters. `baseUrl` is http or https with a
    // host, without user info, query and fragment; a path is kept as prefix of every request's.
    [[nodiscard]] static Result<std::unique_ptr<ServiceClient>> create(const QString &name, const QUrl &baseUrl,
                                                                       const ServiceClientOptions &options = {});
    // Calls still running end as Cancelled; does not wait for them.
    ~ServiceClient() override;
    ServiceClient(const ServiceClient &) = delete;
    ServiceClient &operator=(const ServiceClient &) = delete;

    // Unencoded names and values, sent in order.
    using Query = std::vector<std::pair<QString, QString>>;

    // This and the next four are shorthands for request(); everything else is as the options say.
    [[nodiscard]] QFuture<ServiceResult> get(const QString &path, const Query &query = {});
    // DELETE, which counts as idempotent.
    [[nodiscard]] QFuture<ServiceResult> del(const QString &path, const Query &query = {});
    // Never retried; a request with an idempotencyKey is. JSON is sent as application/json.
    [[nodiscard]] QFuture<ServiceResult> post(const QString &path, const QJsonDocument &json);
    [[nodiscard]] QFuture<ServiceResult> post(const QString &path, const QByteArray &body, const QByteArray &contentType);
    // Counts as idempotent. JSON is sent as application/json.
    [[nodiscard]] QFuture<ServiceResult> put(const QString &path, const QJsonDocument &json);
    [[nodiscard]] QFuture<ServiceResult> put(const QString &path, const QByteArray &body, const QByteArray &contentType);
    // As post().
    [[nodiscard]] QFuture<ServiceResult> patch(const QString &path, const QJsonDocument &json);
    [[nodiscard]] QFuture<ServiceResult> patch(const QString &path, const QByteArray &body, const QByteArray &contentType);
    // Bad input gives a finished future with InvalidArgument, or LimitExceeded (URL or header too long); nothing was
    // sent then.
    [[nodiscard]] QFuture<ServiceResult> request(const ServiceRequest &request);

    // As given to create().
    [[nodiscard]] QString name() const;
    // As given to create(), without slashes at the end of its path.
    [[nodiscard]] QUrl baseUrl() const;
    // As given to create(), the bearer token included.
    [[nodiscard]] ServiceClientOptions options() const;
    // Since create().
    [[nodiscard]] ClientStatistics statistics() const;
    // ComponentSnapshot::Kind::Client under name().
    [[nodiscard]] ComponentSnapshot snapshot() const override;

private:
    struct Private;
    explicit ServiceClient(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

} // namespace Infra
