// SPDX-License-Identifier: MIT
#include "wiretorture.h"

#include "client/networkthread.h"
#include "core/random.h"
#include "rawhttpserver.h"

#include <infra/serviceclient.h>

#include <QHash>
#include <QSet>
#include <QThread>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace InfraTorture {

namespace {

using namespace Infra;
using namespace std::chrono_literals;
using InfraTest::Figures;
using InfraTest::RawHttpServer;
using Detail::Random;

// What was sent so long before a request had its turn has been seen by the client's network threads, on a busy machine too.
constexpr std::chrono::milliseconds Settled{500};
constexpr std::chrono::seconds LongestCall{10};
constexpr std::uint64_t MostProofRuns = 10;

enum class Mischief : std::uint8_t {
    None,
    Slow,
    Interim,        // One to three answers 1xx before the final one.
    NoContent,      // 204 and more.
    NotModified,    // 304 and more.
    Head,           // An answer to HEAD, and more.
    Length,         // A body of the announced length, and more.
    Chunks,         // A chunked body, and more.
    ShortLength,    // The announced length ends within the body.
    ClosedEarly,    // The announced length is more than comes before the close.
    NeverWhole,     // The same, without a close.
    Half,           // Cut anywhere, with a close or a reset.
    Twice,          // The same answer again.
    Count
};

constexpr std::array<const char *, static_cast<std::size_t>(Mischief::Count)> MischiefNames{
    "none", "slow", "interim answers", "more behind 204", "more behind 304", "more behind HEAD", "more behind a body",
    "more behind chunks", "length too short", "length too long and closed", "length too long", "cut", "answered twice"};

QByteArray pathOf(int call)
{
    return "/call/" + QByteArray::number(call);
}

QByteArray ownHeader(int call)
{
    return "X-Identity: " + QByteArray::number(call) + "\r\n";
}

// Bytes that no request asked for. Answers among them have a number, so that it is known afterwards when they were sent.
class SurplusLog
{
public:
    int begin()
    {
        const std::lock_guard lock(m_mutex);
        m_sent.push_back(SteadyTime::max());
        return static_cast<int>(m_sent.size()) - 1;
    }
    void sent(int number)
    {
        const std::lock_guard lock(m_mutex);
        m_sent[static_cast<std::size_t>(number)] = Clock::system().steadyNow();
    }
    [[nodiscard]] SteadyTime timeOf(int number) const
    {
        const std::lock_guard lock(m_mutex);
        return m_sent.at(static_cast<std::size_t>(number));
    }

private:
    mutable std::mutex m_mutex;
    std::vector<SteadyTime> m_sent;
};

// Chooses by the seed, the call and how often that was asked before, whatever the order in which calls arrive.
class RudeServer
{
public:
    RudeServer(std::uint64_t seed, int calls)
        : m_seed(seed), m_calls(calls), m_server([this](const auto &request, auto &connection) { answer(request, connection); })
    {
    }

    [[nodiscard]] QUrl url() const { return m_server.url(); }
    [[nodiscard]] int connectionCount() const { return m_server.connectionCount(); }
    [[nodiscard]] int count(Mischief mischief) const { return m_counts[static_cast<std::size_t>(mischief)]; }
    [[nodiscard]] SteadyTime sentTimeOf(int surplus) const { return m_surplus.timeOf(surplus); }
    // The request may have been on its way when surplus was sent on its connection, which was its answer then.
    [[nodiscard]] bool mayHaveBeenCrossed(int call)
    {
        const std::lock_guard lock(m_mutex);
        return m_crossable.contains(call);
    }
    [[nodiscard]] int postsSeenTwice() const
    {
        QHash<QByteArray, int> seen;
        for (const auto &request : m_server.requests()) {
            if (request.method == "POST")
                ++seen[request.target];
        }
        return static_cast<int>(std::count_if(seen.begin(), seen.end(), [](int times) { return times > 1; }));
    }

private:
    using Request = RawHttpServer::Request;
    using Connection = RawHttpServer::Connection;

    void answer(const Request &request, Connection &connection)
    {
        const int call = request.header("X-Identity").toInt();
        noteArrival(call, request.connection);
        Random random(m_seed * 1'000'003 + static_cast<std::uint64_t>(call) * 16 + timesAsked(call));
        const Mischief mischief = choose(request, random);
        ++m_counts[static_cast<std::size_t>(mischief)];
        const qsizetype padding = static_cast<qsizetype>(random.below(10) == 0 ? random.below(150'000) : random.below(2'000));
        const QByteArray body = pathOf(call) + '\n' + QByteArray(padding, 'x');
        const QByteArray length = "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
        const QByteArray head = "HTTP/1.1 200 OK\r\n" + ownHeader(call);
        // What the request asks for and nothing else.
        const QByteArray whole = head + length + "\r\n" + (request.method == "HEAD" ? QByteArray() : body);
        switch (mischief) {
        case Mischief::None:
            pour(connection, random, whole);
            break;
        case Mischief::Slow:
            pause(connection, random, 40);
            pour(connection, random, whole);
            break;
        case Mischief::Interim: {
            QByteArray interim;
            for (std::uint64_t left = 1 + random.below(3); left > 0; --left) {
                interim += "HTTP/1.1 " + std::array<QByteArray, 3>{"100 Continue", "102 Processing", "103 Early Hints"}[random.below(3)]
                    + "\r\n" + (random.below(2) == 0 ? QByteArray() : QByteArray("Link: </style.css>\r\n")) + "\r\n";
            }
            if (random.below(2) == 0) {
                pour(connection, random, interim + whole);
            } else {
                pour(connection, random, interim);
                pause(connection, random, 20);
                pour(connection, random, whole);
            }
            break;
        }
        case Mischief::NoContent:
            withSurplus(connection, random, "HTTP/1.1 204 No Content\r\n" + ownHeader(call) + "\r\n");
            break;
        case Mischief::NotModified:
            withSurplus(connection, random, "HTTP/1.1 304 Not Modified\r\n" + ownHeader(call) + (random.below(2) == 0 ? length : QByteArray()) + "\r\n");
            break;
        case Mischief::Head:
            if (random.below(2) == 0) {
                pour(connection, random, whole);
                pause(connection, random, 10);
                connection.write(body);
                break;
            }
            [[fallthrough]];
        case Mischief::Length:
            withSurplus(connection, random, whole);
            break;
        case Mischief::Chunks:
            withSurplus(connection, random,
                        head + "Transfer-Encoding: chunked\r\n\r\n" + QByteArray::number(body.size(), 16) + "\r\n" + body + "\r\n0\r\n\r\n");
            break;
        case Mischief::ShortLength: {
            const auto shorter = static_cast<qsizetype>(random.below(static_cast<std::uint64_t>(padding) + 1));
            pour(connection, random, head + "Content-Length: " + QByteArray::number(body.size() - shorter) + "\r\n\r\n" + body.chopped(shorter));
            pause(connection, random, 10);
            connection.write(body.right(shorter));
            break;
        }
        case Mischief::ClosedEarly:
        case Mischief::NeverWhole:
            pour(connection, random, head + "Content-Length: " + QByteArray::number(body.size() + 1 + static_cast<qsizetype>(random.below(100))) + "\r\n\r\n" + body);
            if (mischief == Mischief::ClosedEarly)
                connection.close();
            break;
        case Mischief::Half:
            pour(connection, random, whole.left(static_cast<qsizetype>(random.below(static_cast<std::uint64_t>(std::min<qsizetype>(whole.size(), 300))))));
            if (random.below(2) == 0)
                connection.reset();
            else
                connection.close();
            break;
        case Mischief::Twice: {
            const int number = m_surplus.begin();
            pour(connection, random, whole);
            pause(connection, random, 15);
            connection.write("HTTP/1.1 200 OK\r\nX-Surplus: " + QByteArray::number(number) + "\r\n" + ownHeader(call) + length + "\r\n" + body);
            m_surplus.sent(number);
            break;
        }
        case Mischief::Count:
            break;
        }
        const std::lock_guard lock(m_mutex);
        m_answeredAt[request.connection] = Clock::system().steadyNow();
    }

    void noteArrival(int call, int connection)
    {
        const std::lock_guard lock(m_mutex);
        const auto answered = m_answeredAt.constFind(connection);
        if (answered != m_answeredAt.constEnd() && Clock::system().steadyNow() - *answered < Settled)
            m_crossable.insert(call);
    }

    [[nodiscard]] static Mischief choose(const Request &request, Random &random)
    {
        const bool isHead = request.method == "HEAD";
        const std::uint64_t dice = random.below(24);
        if (isHead && dice < 8)
            return Mischief::Head;
        if (dice < 6)
            return Mischief::None;
        constexpr std::array<Mischief, 18> Rest{Mischief::Slow, Mischief::Slow, Mischief::Interim, Mischief::Interim, Mischief::Interim,
                                                Mischief::NoContent, Mischief::NoContent, Mischief::NotModified, Mischief::NotModified,
                                                Mischief::Length, Mischief::Length, Mischief::Chunks, Mischief::ShortLength,
                                                Mischief::ClosedEarly, Mischief::NeverWhole, Mischief::Half, Mischief::Half, Mischief::Twice};
        const Mischief chosen = Rest[dice - 6];
        // They are about bodies.
        const bool needsBody = chosen == Mischief::Chunks || chosen == Mischief::ShortLength || chosen == Mischief::ClosedEarly
            || chosen == Mischief::NeverWhole;
        return isHead && needsBody ? Mischief::Head : chosen;
    }

    std::uint64_t timesAsked(int call)
    {
        const std::lock_guard lock(m_mutex);
        return static_cast<std::uint64_t>(m_asked[call]++);
    }

    static void pause(Connection &connection, Random &random, std::uint64_t most)
    {
        connection.delay(std::chrono::milliseconds(random.below(most + 1)));
    }

    // In one piece, or in several.
    static void pour(Connection &connection, Random &random, const QByteArray &bytes)
    {
        qsizetype written = 0;
        for (std::uint64_t cuts = random.below(2) == 0 ? 0 : 1 + random.below(3); cuts > 0 && written < bytes.size(); --cuts) {
            // Most of what can go wrong is in the head.
            const auto piece = static_cast<qsizetype>(random.below(static_cast<std::uint64_t>(std::min<qsizetype>(bytes.size() - written, 200))));
            connection.write(bytes.mid(written, piece));
            written += piece;
            pause(connection, random, 3);
        }
        connection.write(bytes.mid(written));
    }

    // In one segment with the answer, right behind it, or later.
    void withSurplus(Connection &connection, Random &random, const QByteArray &answer)
    {
        const int number = m_surplus.begin();
        const QByteArray mark = "X-Surplus: " + QByteArray::number(number) + "\r\n";
        const int other = static_cast<int>(random.below(static_cast<std::uint64_t>(m_calls)));
        const QByteArray otherBody = pathOf(other) + '\n';
        const QByteArray full = "HTTP/1.1 200 OK\r\n" + mark + ownHeader(other) + "Content-Length: " + QByteArray::number(otherBody.size()) + "\r\n\r\n" + otherBody;
        QByteArray surplus;
        switch (random.below(6)) {
        case 0: surplus = QByteArray(static_cast<qsizetype>(1 + random.below(500)), 's'); break;
        case 1: surplus = "HTTP/1.1 204 No Content\r\n" + mark + ownHeader(other) + "\r\n"; break;
        case 2: surplus = "HTTP/1.1 200 OK\r\n" + mark + "X-Cut: "; break; // The next answer's first line becomes a header's value.
        default: surplus = full; break;
        }
        switch (random.below(4)) {
        case 0:
            connection.write(answer + surplus);
            break;
        case 1:
            pour(connection, random, answer);
            connection.write(surplus);
            break;
        default:
            pour(connection, random, answer);
            pause(connection, random, 30);
            connection.write(surplus);
            break;
        }
        m_surplus.sent(number);
    }

    const std::uint64_t m_seed;
    const int m_calls;
    std::array<std::atomic<int>, static_cast<std::size_t>(Mischief::Count)> m_counts{};
    SurplusLog m_surplus;
    std::mutex m_mutex;
    QHash<int, int> m_asked;
    QHash<int, SteadyTime> m_answeredAt; // By connection: when the last answer and what was behind it were written.
    QSet<int> m_crossable;
    RawHttpServer m_server;
};

struct Call
{
    int number = 0;
    QByteArray method;
    SteadyTime started;
    std::optional<SteadyTime> givenUpAt;
    bool isGivenUp = false;
    QFuture<ServiceResult> future;
};

struct Verdicts
{
    int answered = 0;
    int failed = 0;
    int timedOut = 0;
    int cancelled = 0;
    int reused = 0;
    int crossed = 0; // Took what was sent about when the request was, or later: nobody can tell that from an answer.
    int confused = 0;
    int endless = 0;
};

class WireCampaign
{
public:
    WireCampaign(int count, std::uint64_t seed) : m_count(count), m_random(seed), m_server(seed, count)
    {
        ServiceClientOptions options;
        options.breaker.enabled = false;
        options.attemptTimeout = 150ms;
        options.retry.initialBackoff = 1ms;
        options.retry.maximumBackoff = 2ms;
        options.retry.budgetReserve = 1000;
        options.seed = seed;
        auto client = ServiceClient::create(QStringLiteral("victim"), m_server.url(), options);
        if (!client)
            qFatal("%s", qPrintable(client.error().message));
        m_client = std::move(*client);
    }

    void run()
    {
        while (m_next < m_count) {
            std::vector<Call> burst;
            for (std::uint64_t size = 1 + m_random.below(8); size > 0 && m_next < m_count; --size)
                burst.push_back(begin());
            awaitAll(burst);
            for (const Call &call : burst)
                judge(call);
            judgeConfused();
            // Long enough at times that every connection is at rest and what is on it has been seen.
            QThread::msleep(m_random.below(5) == 0 ? 650 : static_cast<unsigned long>(m_random.below(10)));
        }
    }

    [[nodiscard]] const Verdicts &verdicts() const { return m_verdicts; }
    [[nodiscard]] const RudeServer &server() const { return m_server; }

private:
    [[nodiscard]] Call begin()
    {
        Call call;
        call.number = m_next++;
        constexpr std::array<const char *, 8> Methods{"GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE"};
        call.method = Methods[m_random.below(Methods.size())];
        ServiceRequest request;
        request.method = call.method;
        request.path = QString::fromLatin1(pathOf(call.number));
        request.headers.emplace_back("X-Identity", QByteArray::number(call.number));
        if (call.method == "POST" || call.method == "PUT")
            request.body = QByteArray(static_cast<qsizetype>(m_random.below(3000)), 'b');
        call.started = Clock::system().steadyNow();
        switch (m_random.below(8)) {
        case 0: request.deadline = Deadline(std::chrono::milliseconds(1 + m_random.below(30))); break;
        case 1: call.givenUpAt = call.started + std::chrono::microseconds(m_random.below(30'000)); [[fallthrough]];
        default: request.deadline = Deadline(3s); break;
        }
        call.future = m_client->request(request);
        return call;
    }

    static void awaitAll(std::vector<Call> &calls)
    {
        const SteadyTime last = Clock::system().steadyNow() + LongestCall;
        for (bool waits = true; waits && Clock::system().steadyNow() < last;) {
            waits = false;
            for (Call &call : calls) {
                if (call.givenUpAt && !call.isGivenUp && Clock::system().steadyNow() >= *call.givenUpAt) {
                    call.isGivenUp = true;
                    call.future.cancel();
                }
                waits = waits || !call.future.isFinished();
            }
            if (waits)
                QThread::usleep(200);
        }
    }

    void judge(const Call &call)
    {
        if (!call.future.isFinished()) {
            ++m_verdicts.endless;
            report(call, "never ended");
            return;
        }
        if (call.future.resultCount() == 0) {
            ++m_verdicts.cancelled;
            m_ends.insert(call.number, QByteArrayLiteral("was given up"));
            m_unseen.insert(call.number);
            return;
        }
        const ServiceResult result = call.future.result();
        const AttemptLedger &ledger = result ? result->ledger : result.error().ledger;
        m_verdicts.reused += !ledger.attempts.empty() && ledger.attempts.back().connectionReused;
        if (!result) {
            m_ends.insert(call.number, "ended with " + result.error().message.toUtf8());
            const bool isTimeout = result.error().kind == Error::Kind::Timeout;
            ++(isTimeout ? m_verdicts.timedOut : m_verdicts.failed);
            if (isTimeout)
                m_unseen.insert(call.number);
            return;
        }
        const QByteArray mark = result->header("X-Surplus");
        const bool hasBody = call.method != "HEAD" && result->status == 200;
        if (mark.isEmpty() && result->header("X-Identity").toInt() == call.number
            && (!hasBody || result->body.startsWith(QByteArray(pathOf(call.number) + '\n')))) {
            ++m_verdicts.answered;
            m_ends.insert(call.number, QByteArrayLiteral("had its own answer"));
            return;
        }
        m_confused.push_back({call, result->header("X-Identity").toInt(), !mark.isEmpty(),
                              QByteArray('"' + result->header("X-Identity") + "\" (" + QByteArray::number(result->status) + ", surplus \"" + mark + "\"): "
                                         + result->body.left(20).simplified())});
        const Attempt &last = ledger.attempts.back();
        if (!mark.isEmpty() && m_server.sentTimeOf(mark.toInt()) > call.started + last.started + last.queue - Settled)
            cross(m_confused.back());
    }

    // A call that was ended by its caller or its deadline may have had an answer just before, which nobody has seen.
    [[nodiscard]] bool mayHaveBeenCrossed(int call)
    {
        return m_crossed.contains(call) || (m_unseen.contains(call) && m_server.mayHaveBeenCrossed(call));
    }

    // The answer of a call that took another one is the next one's, and so on.
    void judgeConfused()
    {
        bool changes = true;
        while (changes) {
            changes = false;
            for (Confused &one : m_confused) {
                if (!one.isCrossed && !one.isMarked && mayHaveBeenCrossed(one.took)) {
                    cross(one);
                    changes = true;
                }
            }
        }
        for (const Confused &one : m_confused) {
            if (one.isCrossed)
                continue;
            ++m_verdicts.confused;
            report(one.call, "got " + one.what + ", which " + m_ends.value(one.took, QByteArrayLiteral("had another's as well")));
        }
        m_confused.clear();
    }

    struct Confused
    {
        Call call;
        int took = 0;
        bool isMarked = false;
        QByteArray what;
        bool isCrossed = false;
    };

    void cross(Confused &one)
    {
        one.isCrossed = true;
        m_crossed.insert(one.call.number);
        ++m_verdicts.crossed;
    }

    void report(const Call &call, const QByteArray &what)
    {
        if (++m_reported <= 5)
            std::printf("  violation: call %d, %s, %s\n", call.number, call.method.constData(), what.constData());
    }

    const int m_count;
    Random m_random;
    RudeServer m_server;
    std::unique_ptr<ServiceClient> m_client;
    int m_next = 0;
    int m_reported = 0;
    std::vector<Confused> m_confused; // Of a burst.
    QSet<int> m_crossed;
    QSet<int> m_unseen;
    QHash<int, QByteArray> m_ends; // Of calls that were not confused.
    Verdicts m_verdicts;
};

bool play(Figures &figures, int count, std::uint64_t seed)
{
    WireCampaign campaign(count, seed);
    campaign.run();
    const Verdicts &verdicts = campaign.verdicts();
    std::printf("  wire: seed %llu, %d calls on %d connections: %d answered, %d failed, %d timed out, %d given up, %d on a kept connection\n",
                static_cast<unsigned long long>(seed), count, campaign.server().connectionCount(), verdicts.answered, verdicts.failed,
                verdicts.timedOut, verdicts.cancelled, verdicts.reused);
    for (std::size_t i = 0; i < MischiefNames.size(); ++i)
        std::printf("    %-28s %d\n", MischiefNames[i], campaign.server().count(static_cast<Mischief>(i)));
    const int twice = campaign.server().postsSeenTwice();
    const int violations = verdicts.confused + verdicts.endless + twice;
    std::printf("  wire: %d violations: %d with another's answer, %d without an end, %d POST seen twice; %d took what crossed them\n",
                violations, verdicts.confused, verdicts.endless, twice, verdicts.crossed);
    figures.addAbsolute(QStringLiteral("violations on the wire, of %1 calls").arg(count), {{static_cast<double>(violations)}}, QStringLiteral(""), 0,
                        Figures::Bound::AtMost);
    return violations == 0 && verdicts.answered > 0;
}

} // namespace

QStringList wireMechanisms()
{
    return {QStringLiteral("retirement"), QStringLiteral("looks")};
}

bool wire(Figures &figures, int count, std::uint64_t seed, const QString &broken)
{
    Detail::connectionFaults().skipRetirement = broken == QLatin1String("retirement");
    Detail::connectionFaults().skipLooks = broken == QLatin1String("looks");
    // That the judge sees what is missing is shown by one run in which it did.
    const std::uint64_t last = seed + (broken.isEmpty() ? 0 : MostProofRuns - 1);
    bool isGood = true;
    for (; isGood && seed <= last; ++seed)
        isGood = play(figures, count, seed);
    if (!broken.isEmpty() && !isGood)
        std::printf("seen: answers that were another's\n");
    return isGood;
}

} // namespace InfraTorture
