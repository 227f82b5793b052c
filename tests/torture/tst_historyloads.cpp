// SPDX-License-Identifier: MIT
#include "writtenhistory.h"

#include <QTest>

using namespace InfraTorture;
using Kind = Operation::Kind;

// What the judge sees of sets that are committed later, and of what factories do not find or load behind their caller.
class tst_HistoryLoads : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aWriteBehindSetMayBeDropped();
    void othersReadTheOlderValueUntilAFlush();
    void itsOwnProcessReadsAWriteBehindSetAtOnce();
    void anOlderValueBehindAWriteBehindSetThatOthersHaveSeenIsStale();
    void anOlderValueBehindAFlushIsStale();
    void aWriteBehindSetThatIsCommittedBehindALaterChangeIsStale();

    void whatAFactoryDidNotFindHidesWhatWasSetBefore();
    void whatAFactoryDidNotFindMayNotHideALaterSet();
    void factoriesThatFindNothingAreNotCalledInParallel();
    void whatLapsesIsNeitherLostNorOutlived();
    void whatLapsesIsStaleBehindAChange();
    void aLoadInTheBackgroundMayNotBringBackWhatWasInvalidated();
};

void tst_HistoryLoads::aWriteBehindSetMayBeDropped()
{
    WrittenHistory history;
    history.addBehind(10, 20, 30, 7);
    history.add(Kind::Get, 25, 26, 7);
    history.add(Kind::Get, 40, 50, 0);
    QVERIFY(isClean(history.judged()));
}

void tst_HistoryLoads::othersReadTheOlderValueUntilAFlush()
{
    WrittenHistory history;
    history.add(Kind::Set, 1, 2, 6);
    history.addBehind(10, 20, 60, 7);
    history.add(Kind::Get, 25, 30, 7);
    history.add(Kind::Get, 40, 50, 6).incarnation = 2;
    QVERIFY(isClean(history.judged()));
}

void tst_HistoryLoads::itsOwnProcessReadsAWriteBehindSetAtOnce()
{
    WrittenHistory history;
    history.add(Kind::Set, 1, 2, 6);
    history.addBehind(10, 20, 60, 7);
    history.add(Kind::Get, 15, 18, 6);
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Get, 25, 30, 6);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_HistoryLoads::anOlderValueBehindAWriteBehindSetThatOthersHaveSeenIsStale()
{
    WrittenHistory history;
    history.add(Kind::Set, 1, 2, 6);
    history.addBehind(10, 20, 0, 7);
    history.add(Kind::Get, 25, 30, 7).incarnation = 2;
    history.add(Kind::Get, 40, 50, 6).incarnation = 3;
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_HistoryLoads::anOlderValueBehindAFlushIsStale()
{
    WrittenHistory history;
    history.add(Kind::Set, 1, 2, 6);
    history.addBehind(10, 20, 30, 7);
    history.add(Kind::Get, 40, 50, 6);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_HistoryLoads::aWriteBehindSetThatIsCommittedBehindALaterChangeIsStale()
{
    WrittenHistory history;
    history.addBehind(10, 20, 60, 7);
    history.add(Kind::Set, 30, 40, 8);
    history.add(Kind::Get, 70, 80, 7);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
    WrittenHistory overlapping;
    overlapping.addBehind(10, 35, 60, 7);
    overlapping.add(Kind::Set, 30, 40, 8);
    overlapping.add(Kind::Get, 70, 80, 7);
    QVERIFY(isClean(overlapping.judged()));
}

void tst_HistoryLoads::whatAFactoryDidNotFindHidesWhatWasSetBefore()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7);
    history.findNothing(30, 32, 34, 40);
    history.add(Kind::Get, 50, 60, 0);
    QVERIFY(isClean(history.judged()));
}

void tst_HistoryLoads::whatAFactoryDidNotFindMayNotHideALaterSet()
{
    WrittenHistory history;
    history.findNothing(10, 12, 24, 40);
    history.add(Kind::Set, 14, 20, 7);
    history.add(Kind::Get, 50, 60, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_HistoryLoads::factoriesThatFindNothingAreNotCalledInParallel()
{
    WrittenHistory history;
    history.findNothing(10, 12, 24, 40);
    history.findNothing(10, 20, 30, 40);
    QCOMPARE(history.judged().parallelLoads, std::uint64_t{1});
}

void tst_HistoryLoads::whatLapsesIsNeitherLostNorOutlived()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7).isLapsing = true;
    history.add(Kind::Get, 30, 40, 0);
    history.add(Kind::Load, 50, 60, 7).isLapsing = true;
    QVERIFY(isClean(history.judged()));
}

void tst_HistoryLoads::whatLapsesIsStaleBehindAChange()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7).isLapsing = true;
    history.add(Kind::Invalidate, 30, 40);
    history.add(Kind::Load, 50, 60, 7).isLapsing = true;
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_HistoryLoads::aLoadInTheBackgroundMayNotBringBackWhatWasInvalidated()
{
    WrittenHistory history;
    history.add(Kind::Set, 10, 20, 7).isLapsing = true;
    history.load(30, 50, 90, 35, 8);
    history.last().value = 7;
    history.add(Kind::Get, 100, 110, 8);
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Invalidate, 60, 70);
    QCOMPARE(history.judged().resurrections, std::uint64_t{1});
}

QTEST_GUILESS_MAIN(tst_HistoryLoads)
#include "tst_historyloads.moc"
