// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "memorychannel.h"

#include <core/random.h>
#include <telemetry/bytecodec.h>
#include <telemetry/eventcodec.h>

#include <infra/journal.h>
#include <infra/manualclock.h>

#include <QtTest>

using namespace Infra;
using namespace std::chrono_literals;

class JournalTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void everyKindOfEventSurvives();
    void longTextsAreCutOff();
    void damagedRowsAreCountedAndLeftOut();
    void pagesContinueWhereTheyEnded();
    void limitsAreRefusedAndErrorsPassedOn();
    void aStoreInMemoryKeepsNone();
};

void JournalTest::everyKindOfEventSurvives()
{
    const auto channel = std::make_shared<InfraTest::MemoryChannel>();
    const ManualClock clock;
    Journal journal(channel, clock);
    const std::vector<JournalEvent::Body> bodies{
        InvalidationEvent{QStringLiteral("operator"), "users", Target::Kind::Prefix, QByteArray("user:\0x", 7), 12, 3456},
        InstanceEvent{InstanceEvent::Change::Stopped, QStringLiteral("data-api"), -1, QStringLiteral("1.2")},
        HealthChangeEvent{QStringLiteral("data-api"), QStringLiteral("up"), QStringLiteral("down"), QStringLiteral("größer")},
        NoteEvent{NoteEvent::Severity::Problem, QStringLiteral("pool"), QStringLiteral("squeezed")},
    };
    for (const auto &body : bodies) {
        JournalEvent event;
        event.instanceId = "me";
        event.body = body;
        QVERIFY(journal.append(event, 1s).has_value());
    }
    const auto page = journal.read(0, 100, 1s);
    QVERIFY(page.has_value());
    QCOMPARE(page->events.size(), bodies.size());
    QCOMPARE(page->unreadable, 0U);
    QVERIFY(!page->more);
    for (std::size_t index = 0; index < bodies.size(); ++index) {
        QVERIFY(page->events[index].body == bodies[index]);
        QCOMPARE(page->events[index].instanceId, QByteArray("me"));
        QCOMPARE(page->events[index].position, index + 1);
        QVERIFY(page->events[index].at == clock.systemNow());
    }
}

void JournalTest::longTextsAreCutOff()
{
    const QString text(100'000, QLatin1Char('x'));
    const auto decoded = Detail::decodeEvent(Detail::encodeEvent(NoteEvent{NoteEvent::Severity::Warning, text, text}));
    QVERIFY(decoded.has_value());
    QCOMPARE(std::get<NoteEvent>(*decoded).text.size(), qsizetype(Journal::MaximumText));
}

void JournalTest::damagedRowsAreCountedAndLeftOut()
{
    const auto channel = std::make_shared<InfraTest::MemoryChannel>();
    Journal journal(channel);
    const QByteArray good = Detail::encodeEvent(NoteEvent{NoteEvent::Severity::Warning, QStringLiteral("a"), QStringLiteral("b")});
    for (qsizetype at = 0; at < good.size(); ++at) {
        QByteArray damaged = good;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        QVERIFY(!Detail::decodeEvent(damaged).has_value());
    }
    // Sealed rightly, but nonsense inside.
    Detail::Random random(5);
    for (int round = 0; round < 20'000; ++round) {
        QByteArray content = good.first(good.size() - 8);
        content[static_cast<qsizetype>(random.below(static_cast<std::uint64_t>(content.size())))] = static_cast<char>(random.next());
        (void)Detail::decodeEvent(Detail::sealed(content));
    }
    QVERIFY(channel->appendEvent({0, {}, "x", "nonsense"}, 1s).has_value());
    QVERIFY(channel->appendEvent({0, {}, "x", good}, 1s).has_value());
    const auto page = journal.read(0, 10, 1s);
    QCOMPARE(page->unreadable, 1U);
    QCOMPARE(page->events.size(), 1U);
    QCOMPARE(page->next, 2U);
}

void JournalTest::pagesContinueWhereTheyEnded()
{
    const auto channel = std::make_shared<InfraTest::MemoryChannel>();
    Journal journal(channel);
    for (int index = 0; index < 5; ++index) {
        JournalEvent event;
        event.body = NoteEvent{NoteEvent::Severity::Information, QString::number(index), {}};
        QVERIFY(journal.append(event, 1s).has_value());
    }
    const auto first = journal.read(0, 3, 1s);
    QVERIFY(first->more);
    const auto second = journal.read(first->next, 3, 1s);
    QVERIFY(!second->more);
    QCOMPARE(second->events.size(), 2U);
    QCOMPARE(std::get<NoteEvent>(second->events[0].body).subject, QStringLiteral("3"));
    QCOMPARE(journal.read(second->next, 3, 1s)->next, second->next);
}

void JournalTest::limitsAreRefusedAndErrorsPassedOn()
{
    const auto channel = std::make_shared<InfraTest::MemoryChannel>();
    Journal journal(channel);
    QCOMPARE(journal.read(0, 0, 1s).error().kind, Error::Kind::InvalidArgument);
    QCOMPARE(journal.read(0, 10'001, 1s).error().kind, Error::Kind::InvalidArgument);
    channel->setError(Error{Error::Kind::Busy, QStringLiteral("locked"), {}});
    QCOMPARE(journal.read(0, 10, 1s).error().kind, Error::Kind::Busy);
    QCOMPARE(journal.append({}, 1s).error().kind, Error::Kind::Busy);
}

void JournalTest::aStoreInMemoryKeepsNone()
{
    Journal journal(nullptr);
    QCOMPARE(journal.append({}, 1s).error().kind, Error::Kind::Unavailable);
    QCOMPARE(journal.read(0, 10, 1s).error().kind, Error::Kind::Unavailable);
}

QTEST_GUILESS_MAIN(JournalTest)
#include "tst_journal.moc"
