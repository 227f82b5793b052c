// SPDX-License-Identifier: MIT
#include "exchange.h"

#include "uploaddevice.h"

#include <infra/requestcontext.h>

#include <QCoreApplication>
#include <QEvent>
#include <QNetworkRequest>
#include <QPointer>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslError>
#include <QStringList>

#include <algorithm>
#include <utility>

namespace Infra::Detail {

namespace {

// Servers close idle connections after a time of their own (nginx 75 s, Node.js 5 s); expecting one for longer
// than this only costs the split of connect and server time.
constexpr std::chrono::seconds IdleConnectionTrusted{60};
// What a server sends behind an answer comes with it, when Qt sees it, or a moment later on a connection at rest. Looking costs
// a part of a small request's time, so one that follows at once looks only where more was likely.
constexpr std::chrono::milliseconds BelievedClean{1};
// A connection that Qt miscounts is not looked at: if there is none, two are made for the one. But one that came after its call was
// given up may have something on it after so long a rest, and begins under a new name. Not sooner: Qt keeps what belongs to each
// name for two minutes, and calls that fail may follow one another fast.
constexpr std::chrono::seconds MiscountTolerated{1};
constexpr qint64 StreamBuffer = 1024 * 1024;
// Of a body that is unpacked into a sink: from so many bytes on it is one that was packed in order to do harm when it
// unpacks to so many times its size. gzip reaches a thousand; what services say seldom reaches twenty.
constexpr qint64 HarmlessBytes = 10 * 1024 * 1024;
constexpr qint64 MostUnpacking = 100;

// What Qt's HTTP thread posted before a reply was aborted still arrives until the reply is deleted, and a second
// error makes Qt warn. Dies with the reply it is a child of.
class PostedCallFilter : public QObject
{
public:
    using QObject::QObject;

protected:
    bool eventFilter(QObject *, QEvent *event) override { return event->type() == QEvent::MetaCall; }
};

} // namespace

Exchange::Exchange(std::shared_ptr<ConnectionManager> manager, std::shared_ptr<OriginLane> lane, ExchangeRequest request,
                   const Clock &clock, std::function<void(ExchangeResult)> done)
    : m_manager(std::move(manager)), m_lane(std::move(lane)), m_request(std::move(request)), m_clock(clock),
      m_done(std::move(done))
{
}

Exchange::~Exchange()
{
    if (!m_ended)
        end();
    dropReply();
}

void Exchange::start()
{
    m_phaseSince = m_clock.steadyNow();
    chooseConnections();
    if (m_request.closeConnection) {
        m_number = m_lane->numbers.take(m_phaseSince);
        preconnect();
        return;
    }
    m_connection = &m_lane->takeConnection();
    m_connectionIndex = static_cast<int>(m_connection - m_lane->connections.data());
    const auto rest = m_phaseSince - m_connection->lastUse;
    if (m_connection->isMiscounted && (m_connection->hasAnswered || m_connection->isGivenUp || rest >= MiscountTolerated))
        m_connection->renew();
    if (!m_connection->isOpen || rest >= IdleConnectionTrusted) {
        m_looksFirst = !m_connection->isMiscounted;
        if (m_looksFirst)
            preconnect();
        else
            send();
        return;
    }
    m_looksFirst = m_connection->isDoubtful || rest >= BelievedClean;
    m_result.connectionReused = true;
    send();
}

void Exchange::chooseConnections()
{
    m_network = m_manager->network(*m_lane);
    m_retirements = m_lane->retirements;
}

QNetworkRequest Exchange::networkRequest(const QUrl &url) const
{
    QNetworkRequest request = m_manager->request(url);
    // The name is part of the key under which Qt keeps connections, and without meaning for plain HTTP. (TLS needs it for its
    // own purpose, and ends connections with an announcement.)
    if (m_request.url.scheme() != QLatin1String("http"))
        return request;
    const int number = m_number.value_or(m_connectionIndex);
    if (m_connection && m_connection->renewals > 0)
        request.setPeerVerifyName(QStringLiteral("%1.%2").arg(number).arg(m_connection->renewals));
    else if (number > 0)
        request.setPeerVerifyName(QString::number(number));
    return request;
}

QNetworkReply *Exchange::startPreconnect()
{
    QUrl url;
    url.setScheme(m_request.url.scheme() == QLatin1String("https") ? QStringLiteral("preconnect-https")
                                                                    : QStringLiteral("preconnect-http"));
    url.setHost(m_request.url.host());
    url.setPort(m_request.url.port(m_request.url.scheme() == QLatin1String("https") ? 443 : 80));
    QNetworkReply *reply = m_network->get(networkRequest(url));
    connect(reply, &QNetworkReply::socketStartedConnecting, this, [this] { connecting(); });
    return reply;
}

void Exchange::miscount()
{
    if (!m_connection || m_request.url.scheme() != QLatin1String("http"))
        return;
    // A new name is one without a failure.
    if (m_connection->isMiscounted)
        m_connection->renew();
    else
        m_connection->isMiscounted = true;
    m_connection->hasAnswered = false;
}

void Exchange::connecting()
{
    m_result.connectionReused = false;
    m_looksFirst = false;
    if (m_connection)
        m_connection->isGivenUp = false;
}

void Exchange::preconnect()
{
    m_preconnects = true;
    m_reply = startPreconnect();
    connect(m_reply, &QNetworkReply::sslErrors, this, [this](const QList<QSslError> &errors) {
        QStringList texts;
        for (const QSslError &error : errors)
            texts << error.errorString();
        texts.removeDuplicates();
        m_sslErrors = texts.join(QStringLiteral("; "));
    });
    connect(m_reply, &QNetworkReply::finished, this, [this] { preconnected(); });
}

void Exchange::preconnected()
{
    if (m_reply->error() != QNetworkReply::NoError) {
        readCertificate();
        const ExchangeResult::Failure failure = classify(m_reply->error());
        fail(failure == ExchangeResult::Failure::ConnectionLost ? ExchangeResult::Failure::ConnectFailed : failure,
             m_sslErrors.isEmpty() ? m_reply->errorString() : m_sslErrors);
        return;
    }
    readCertificate();
    dropReply();
    m_preconnects = false;
    if (m_network != m_manager->network(*m_lane)) {
        // Retired meanwhile; Qt would use any of the old ones that is idle.
        chooseConnections();
        preconnect();
        return;
    }
    if (m_connection && m_connection->isGivenUp && m_request.url.scheme() == QLatin1String("http")) {
        // It should be gone. Qt had read an answer before it was told to give up; an interim one, for all that is known.
        m_connection->renew();
        preconnect();
        return;
    }
    send();
}

void Exchange::send()
{
    if (m_looksFirst && !connectionFaults().skipLooks) {
        // What came on a connection at rest would be taken for the answer to the request. Qt looks for that at the end of
        // each request only, and then closes the connection; a preconnect that finds one open sends nothing and is at its
        // end at once.
        m_look = startPreconnect();
        connect(m_look, &QNetworkReply::finished, m_look, &QObject::deleteLater);
        connect(m_look, &QNetworkReply::finished, this, [this] {
            if (std::exchange(m_look, nullptr)->error() != QNetworkReply::NoError)
                miscount();
        });
    }
    // With a request that connects by itself, connecting ends when it is sent.
    const bool connects = m_connection && m_connection->isMiscounted && !m_result.connectionReused;
    if (!connects)
        enter(m_request.body.isEmpty() ? RequestPhase::Wait : RequestPhase::Send);
    QNetworkRequest request = networkRequest(m_request.url);
    for (const auto &[name, value] : m_request.headers)
        request.setRawHeader(name, value);
    if (m_request.deadline) {
        // That phase began just now, behind the time that a connection took.
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*m_request.deadline - m_phaseSince);
        request.setRawHeader(RequestContext::DeadlineHeader, QByteArray::number(std::max<std::int64_t>(left.count(), 0)));
    }
    // Miscounted for as long as it has its name, and open as long as it is used.
    if (m_request.closeConnection || (m_connection && m_connection->isMiscounted))
        request.setRawHeader(QByteArrayLiteral("Connection"), QByteArrayLiteral("close"));
    m_result.sent = true;
    if (m_request.method == "HEAD") {
        // A custom HEAD would make Qt wait for a body. Qt may repeat this one on a broken connection.
        watch(m_network->head(request));
        return;
    }
    request.setRawHeader(QByteArrayLiteral("Content-Length"), QByteArray::number(m_request.body.size()));
    // Qt may read on while the reply is being taken down.
    auto *body = new UploadDevice(m_request.body, [self = QPointer<Exchange>(this)] {
        if (self && !self->m_ended)
            self->enter(RequestPhase::Wait);
    });
    QNetworkReply *reply = m_network->sendCustomRequest(request, m_request.method, body);
    body->setParent(reply);
    watch(reply);
}

void Exchange::watch(QNetworkReply *reply)
{
    m_reply = reply;
    if (m_request.sink)
        reply->setReadBufferSize(StreamBuffer);
    connect(reply, &QNetworkReply::socketStartedConnecting, this, [this] { connecting(); });
    connect(reply, &QNetworkReply::requestSent, this, [this] {
        m_isWritten = true;
        if (m_phase == RequestPhase::Connect)
            enter(RequestPhase::Wait);
    });
    connect(reply, &QNetworkReply::metaDataChanged, this, [this] { answered(); });
    connect(reply, &QNetworkReply::readyRead, this, [this] { received(); });
    if (m_request.url.scheme() == QLatin1String("https")) {
        connect(reply, &QNetworkReply::sslErrors, this, [this](const QList<QSslError> &errors) {
            if (!errors.isEmpty())
                m_sslErrors = errors.first().errorString();
        });
    }
    connect(reply, &QNetworkReply::finished, this, [this] { finished(); });
}

void Exchange::enter(RequestPhase phase)
{
    if (m_phase == phase)
        return;
    const SteadyTime now = m_clock.steadyNow();
    const std::chrono::nanoseconds time = now - m_phaseSince;
    switch (m_phase) {
    case RequestPhase::Connect: m_result.connect += time; break;
    case RequestPhase::Send: m_result.send += time; break;
    case RequestPhase::Wait: m_result.wait += time; break;
    case RequestPhase::Receive: m_result.receive += time; break;
    case RequestPhase::Queue:
    case RequestPhase::Backoff: break;
    }
    m_phase = phase;
    m_phaseSince = now;
}

void Exchange::answered()
{
    const QVariant status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute);
    if (!status.isValid())
        return;
    const bool mayBeOnAnother = m_request.url.scheme() == QLatin1String("https") && !m_number;
    if (m_result.status == 0 && m_retirements != m_lane->retirements && mayBeOnAnother) {
        // An interim answer came on one of the connections. Until that was noticed here, Qt took the connection for an
        // idle one and may have put this request on it, and what it reads there is the end of that other answer. (Not
        // of an answer whose head came before: heads arrive here in the order in which Qt reads them.)
        fail(ExchangeResult::Failure::ConnectionLost, QStringLiteral("the answer may be one to another request"));
        return;
    }
    enter(RequestPhase::Receive);
    if (m_request.method == "HEAD" && m_reply->attribute(QNetworkRequest::HttpReasonPhraseAttribute).toString().contains(QLatin1String("HTTP/"))) {
        // Qt has asked again when an answer broke off in its first line, and read on in the middle of that: the second answer's
        // first line became the end of the first one's, and its headers may be those of a 100.
        m_manager->retireConnections(*m_lane);
        fail(ExchangeResult::Failure::ConnectionLost, QStringLiteral("the answer broke off in its first line"));
        return;
    }
    m_result.status = status.toInt();
    if (m_result.status > 0 && m_result.status < 200) {
        // Qt passes over 100 only. Any other 1xx ends the request for it, and it reads the final answer as one to the
        // next request on that connection.
        m_manager->retireConnections(*m_lane);
        fail(ExchangeResult::Failure::Malformed,
             QStringLiteral("an interim answer (%1) instead of a final one").arg(m_result.status));
        return;
    }
    if (m_result.status == 307 || m_result.status == 308) {
        // Qt rewinds the body for these two by itself, even when it follows no redirect, and calls the answer an
        // error because it cannot. Their headers are all that is wanted.
        complete();
        return;
    }
    if (!hasBody())
        return;
    if (!m_gzip && isToBeUnpacked())
        m_gzip = std::make_unique<GzipReader>();
    const qint64 announced = m_reply->header(QNetworkRequest::ContentLengthHeader).toLongLong();
    const bool streams = m_request.sink && m_result.status >= 200 && m_result.status < 300;
    if (!streams && !m_gzip && !m_request.truncateAtLimit && announced > m_request.maxResponseBytes)
        fail(ExchangeResult::Failure::TooLarge,
             QStringLiteral("the answer announces %1 bytes, over the limit of %2").arg(announced).arg(m_request.maxResponseBytes));
}

void Exchange::received()
{
    if (m_ended)
        return;
    QByteArray chunk = m_reply->readAll();
    m_arrived += chunk.size();
    if (!m_gzip) {
        if (!take(chunk))
            return;
    } else {
        m_gzip->feed(std::move(chunk));
        for (QByteArray piece = m_gzip->read(); !piece.isEmpty(); piece = m_gzip->read()) {
            if (!take(piece))
                return;
            // Other bodies have maxResponseBytes. The thread that unpacks is everybody's.
            if (m_request.sink && m_result.bytesReceived > HarmlessBytes && m_result.bytesReceived > MostUnpacking * m_arrived) {
                fail(ExchangeResult::Failure::Malformed,
                     QStringLiteral("the packed answer unpacks to more than %1 times its size").arg(MostUnpacking));
                return;
            }
        }
        if (m_gzip->isDamaged()) {
            fail(ExchangeResult::Failure::Malformed, QStringLiteral("the answer is not the gzip that it says it is"));
            return;
        }
    }
    if (m_request.progress) {
        const QVariant total = m_gzip ? QVariant() : m_reply->header(QNetworkRequest::ContentLengthHeader);
        m_request.progress(m_result.bytesReceived, total.isValid() ? total.toLongLong() : -1);
    }
}

bool Exchange::take(const QByteArray &bytes)
{
    const bool streams = m_request.sink && m_result.status >= 200 && m_result.status < 300;
    m_result.bytesReceived += bytes.size();
    if (streams) {
        if (!bytes.isEmpty()) {
            m_result.delivered = true;
            if (m_request.sink->write(bytes) != bytes.size()) {
                fail(ExchangeResult::Failure::SinkFailed,
                     QStringLiteral("the device for the answer's body refused it: %1").arg(m_request.sink->errorString()));
                return false;
            }
        }
    } else if (m_result.bytesReceived > m_request.maxResponseBytes) {
        if (m_request.truncateAtLimit) {
            m_result.body += bytes.left(m_request.maxResponseBytes - m_result.body.size());
            complete();
            return false;
        }
        fail(ExchangeResult::Failure::TooLarge,
             QStringLiteral("the answer is over the limit of %1 bytes").arg(m_request.maxResponseBytes));
        return false;
    } else if (m_result.body.isEmpty()) {
        m_result.body = bytes;
    } else {
        m_result.body += bytes;
    }
    return true;
}

void Exchange::finished()
{
    if (m_ended)
        return;
    if (m_result.status == 0)
        answered();
    if (m_ended)
        return;
    if (m_reply->bytesAvailable() > 0)
        received();
    if (m_ended)
        return;
    // A 4xx or 5xx is an error to Qt, and an answer here; 400 and 418 even as an "invalid operation".
    const QNetworkReply::NetworkError error = m_reply->error();
    const bool httpError = (error == QNetworkReply::ProxyAuthenticationRequiredError || error >= QNetworkReply::ContentAccessDenied)
        && error != QNetworkReply::ContentReSendError
        && error != QNetworkReply::ProtocolUnknownError && error != QNetworkReply::ProtocolFailure;
    if (error != QNetworkReply::NoError && !(httpError && m_result.status >= 400)) {
        const ExchangeResult::Failure failure = classify(error);
        QString message = m_sslErrors.isEmpty() ? m_reply->errorString() : m_sslErrors;
        if (error == QNetworkReply::ContentReSendError)
            message = QStringLiteral("the connection was closed before the answer");
        // A HEAD that Qt sends again may have been written before that.
        const bool isUnconnected = failure == ExchangeResult::Failure::Refused || failure == ExchangeResult::Failure::NameNotFound
            || failure == ExchangeResult::Failure::Tls;
        if (isUnconnected && !m_isWritten)
            m_result.sent = false;
        fail(failure, message);
        return;
    }
    if (m_result.status == 0) {
        fail(ExchangeResult::Failure::Malformed, QStringLiteral("the answer has no HTTP status"));
        return;
    }
    // Closed before the announced end without an error from Qt.
    const QVariant announced = m_reply->header(QNetworkRequest::ContentLengthHeader);
    if (announced.isValid() && hasBody() && m_arrived < announced.toLongLong()) {
        fail(ExchangeResult::Failure::ConnectionLost,
             QStringLiteral("the answer broke off after %1 of %2 bytes").arg(m_arrived).arg(announced.toLongLong()));
        return;
    }
    if (m_gzip && !m_gzip->isComplete()) {
        // Some servers call a body packed that has no bytes at all.
        const bool isEmpty = m_arrived == 0 && (announced.isValid() || m_reply->hasRawHeader("Transfer-Encoding"));
        if (!isEmpty) {
            fail(ExchangeResult::Failure::ConnectionLost,
                 QStringLiteral("the packed answer broke off after %1 bytes").arg(m_arrived));
            return;
        }
    }
    complete();
}

void Exchange::end()
{
    enter(RequestPhase::Backoff);
    m_ended = true;
    // The exchange is deleted after the call's end, and then the clock may be gone.
    if (m_number)
        m_lane->numbers.release(*m_number, m_phaseSince);
    m_number.reset();
    if (!m_connection)
        return;
    m_connection->isTaken = m_connection->isOpen = false;
    m_connection->lastUse = m_phaseSince;
    if (m_result.status != 0)
        m_connection->hasAnswered = true;
    if (m_preconnects || m_look)
        miscount();
    // It may come to its end yet, which the next one on that connection need not know.
    if (m_look)
        disconnect(m_look, nullptr, this, nullptr);
    m_look = nullptr;
}

void Exchange::complete()
{
    end();
    readCertificate();
    const auto pairs = m_reply->rawHeaderPairs();
    m_result.headers.reserve(static_cast<std::size_t>(pairs.size()));
    bool keeps = !m_request.closeConnection && !m_connection->isMiscounted && m_reply->isFinished()
        && m_network == m_manager->network(*m_lane);
    for (const auto &[name, value] : pairs) {
        if (name.compare("Connection", Qt::CaseInsensitive) == 0 && value.compare("close", Qt::CaseInsensitive) == 0)
            keeps = false;
        m_result.headers.emplace_back(name, value);
    }
    if (keeps) {
        m_connection->isOpen = true;
        m_connection->isDoubtful = !hasBody();
    }
    dropReply();
    const auto done = std::move(m_done);
    done(std::move(m_result));
}

void Exchange::fail(ExchangeResult::Failure failure, const QString &message)
{
    end();
    m_result.failure = failure;
    m_result.message = message;
    m_lane->forgetConnections();
    dropReply();
    const auto done = std::move(m_done);
    done(std::move(m_result));
}

ExchangeResult Exchange::abort()
{
    end();
    m_result.failure = ExchangeResult::Failure::Aborted;
    m_lane->forgetConnections();
    if (m_reply && m_result.sent && m_result.status == 0) {
        // An interim answer that Qt has read already is none to a request that ends: the final one would be the next one's.
        disconnect(m_reply, nullptr, this, nullptr);
        connect(m_reply, &QNetworkReply::requestSent, this, [this] { m_isWritten = true; });
        QCoreApplication::sendPostedEvents(m_reply, QEvent::MetaCall);
        const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        if (status > 0 && status < 200)
            m_manager->retireConnections(*m_lane);
        // Or Qt reads it before it hears of this end. (One that is miscounted may still be connecting, for the next one as well.)
        if (m_connection && status == 0)
            m_connection->isGivenUp = m_isWritten || !m_connection->isMiscounted;
    }
    dropReply();
    m_done = {};
    return std::move(m_result);
}

void Exchange::dropReply()
{
    if (!m_reply)
        return;
    // The reply may be in the middle of emitting the signal that led here; one that has its end emits nothing more.
    if (!m_reply->isFinished() || m_reply->error() != QNetworkReply::NoError) {
        disconnect(m_reply, nullptr, this, nullptr);
        // Qt warns about a second error when it is told to abort between an error and its end.
        if (m_reply->error() == QNetworkReply::NoError)
            m_reply->abort();
        m_reply->installEventFilter(new PostedCallFilter(m_reply));
    }
    m_reply->deleteLater();
    m_reply = nullptr;
}

bool Exchange::hasBody() const
{
    return m_request.method != "HEAD" && m_result.status != 204 && m_result.status != 304;
}

bool Exchange::isToBeUnpacked() const
{
    const QByteArray coding = m_reply->rawHeader(QByteArrayLiteral("Content-Encoding")).trimmed();
    // The second is an old name of the first (RFC 9110, 8.4.1.3).
    if (coding.compare("gzip", Qt::CaseInsensitive) != 0 && coding.compare("x-gzip", Qt::CaseInsensitive) != 0)
        return false;
    // Whoever asks for an encoding wants it as it is.
    return std::none_of(m_request.headers.begin(), m_request.headers.end(),
                        [](const auto &header) { return header.first.compare("Accept-Encoding", Qt::CaseInsensitive) == 0; });
}

void Exchange::readCertificate()
{
    if (m_request.url.scheme() != QLatin1String("https") || m_result.certificateExpiry)
        return;
    const QSslCertificate certificate = m_reply->sslConfiguration().peerCertificate();
    if (!certificate.isNull())
        m_result.certificateExpiry = SystemTime(std::chrono::milliseconds(certificate.expiryDate().toMSecsSinceEpoch()));
}

ExchangeResult::Failure Exchange::classify(QNetworkReply::NetworkError error) const
{
    using Failure = ExchangeResult::Failure;
    switch (error) {
    case QNetworkReply::HostNotFoundError:
    case QNetworkReply::ProxyNotFoundError:
        return Failure::NameNotFound;
    case QNetworkReply::ConnectionRefusedError:
    case QNetworkReply::ProxyConnectionRefusedError:
        return Failure::Refused;
    case QNetworkReply::SslHandshakeFailedError:
        return Failure::Tls;
    case QNetworkReply::ProtocolFailure:
    case QNetworkReply::ProtocolUnknownError:
    case QNetworkReply::ProtocolInvalidOperationError:
    case QNetworkReply::UnknownContentError:
        return Failure::Malformed;
    default:
        return m_sslErrors.isEmpty() ? Failure::ConnectionLost : Failure::Tls;
    }
}

} // namespace Infra::Detail
