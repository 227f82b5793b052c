// SPDX-License-Identifier: MIT
#pragma once

#include "gzipreader.h"
#include "httpheaders.h"
#include "networkthread.h"

#include <infra/attemptledger.h>
#include <infra/clock.h>
#include <infra/healthresult.h>

#include <QIODevice>
#include <QNetworkReply>
#include <QUrl>

#include <functional>
#include <memory>
#include <optional>

namespace Infra::Detail {

// What is put on the wire.
struct ExchangeRequest
{
    QUrl url;
    QByteArray method;
    HttpHeaders headers;
    QByteArray body;
    std::optional<SteadyTime> deadline; // Announced as the time that is left when the request is sent.
    qint64 maxResponseBytes = 0;
    bool truncateAtLimit = false; // Keep the first maxResponseBytes instead of failing.
    bool closeConnection = false; // Use no connection again.
    std::shared_ptr<QIODevice> sink;
    std::function<void(qint64, qint64)> progress;
};

// What came of it.
struct ExchangeResult
{
    enum class Failure : std::uint8_t {
        None,
        NameNotFound,
        Refused,
        ConnectFailed,  // Not connected for another reason; nothing was sent.
        ConnectionLost, // After it was connected; the server may have seen the request.
        Tls,
        TooLarge,
        Malformed,      // Not HTTP, damaged, or an interim answer (1xx), behind which Qt does not see the final one.
        SinkFailed,
        Aborted         // By abort().
    };

    Failure failure = Failure::None;
    QString message; // Why, when it failed.
    int status = 0;  // Also of an answer that broke off; 0 when there was none.
    HttpHeaders headers;
    QByteArray body;
    qint64 bytesReceived = 0;
    bool delivered = false; // Bytes went into the sink.
    bool connectionReused = false;
    bool sent = false; // The server may have seen the request.
    std::chrono::nanoseconds connect{};
    std::chrono::nanoseconds send{};
    std::chrono::nanoseconds wait{};
    std::chrono::nanoseconds receive{};
    std::optional<SystemTime> certificateExpiry;
};

// Thread safety: none; lives on the network thread.
//
// One HTTP request and its answer over QNetworkAccessManager, sent at most once, with the times that Qt does
// not give: unless a kept connection is expected, a connection is made first ("preconnect", which sends
// nothing) and the request follows on it. Needs one of the lane's places for its duration.
class Exchange final : public QObject
{
public:
    // `done` is called exactly once, unless the exchange is destroyed first, and never from start(). It may
    // destroy the exchange.
    Exchange(std::shared_ptr<ConnectionManager> manager, std::shared_ptr<OriginLane> lane, ExchangeRequest request,
             const Clock &clock, std::function<void(ExchangeResult)> done);
    ~Exchange() override;

    void start();
    // Ends now, without a call of `done`, and says how far it came.
    ExchangeResult abort();
    [[nodiscard]] RequestPhase phase() const { return m_phase; }

private:
    void chooseConnections();
    [[nodiscard]] QNetworkReply *startPreconnect();
    void connecting();
    // A preconnect of the connection has failed, or was given up.
    void miscount();
    void preconnect();
    void preconnected();
    void send();
    void watch(QNetworkReply *reply);
    void answered();
    void received();
    // False when that was the end of it.
    [[nodiscard]] bool take(const QByteArray &bytes);
    void finished();
    void enter(RequestPhase phase);
    void end();
    void dropReply();
    void fail(ExchangeResult::Failure failure, const QString &message);
    void complete();
    void readCertificate();
    [[nodiscard]] bool hasBody() const;
    [[nodiscard]] bool isToBeUnpacked() const;
    [[nodiscard]] QNetworkRequest networkRequest(const QUrl &url) const;
    [[nodiscard]] ExchangeResult::Failure classify(QNetworkReply::NetworkError error) const;

    std::shared_ptr<ConnectionManager> m_manager;
    std::shared_ptr<OriginLane> m_lane;
    std::shared_ptr<QNetworkAccessManager> m_network;
    std::uint64_t m_retirements = 0; // Of the lane, when m_network was chosen.
    ExchangeRequest m_request;
    const Clock &m_clock;
    std::function<void(ExchangeResult)> m_done;
    ExchangeResult m_result;
    QNetworkReply *m_reply = nullptr;
    QNetworkReply *m_look = nullptr; // Until it has its end, which comes before that of m_reply.
    std::unique_ptr<GzipReader> m_gzip; // Of an answer that is packed.
    qint64 m_arrived = 0;               // Bytes of the body, packed or not.
    QString m_sslErrors;
    RequestPhase m_phase = RequestPhase::Connect;
    SteadyTime m_phaseSince{};
    std::optional<int> m_number; // Of a connection for this exchange alone.
    KeptConnection *m_connection = nullptr; // Of the lane, when there is no number.
    int m_connectionIndex = 0;
    bool m_preconnects = false;
    bool m_isWritten = false; // The request, at least once.
    bool m_looksFirst = false; // The connection may be an old one on which something came.
    bool m_ended = false;
};

} // namespace Infra::Detail
