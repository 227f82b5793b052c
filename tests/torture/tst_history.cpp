// SPDX-License-Identifier: MIT
#include "history.h"

#include <QTest>

using InfraTorture::Operation;
using InfraTorture::Verdict;
using Kind = Operation::Kind;

namespace {

// A history that is written down line by line.
class History
{
public:
    Operation &add(Kind kind, std::uint64_t begin, std::uint64_t end, std::uint64_t value = 0, std::uint32_t key = 0)
    {
        Operation operation;
        operation.kind = kind;
        operation.key = key;
        operation.incarnation = 1;
        operation.begin = begin;
        operation.end = end;
        operation.value = value;
        m_operations.push_back(operation);
        return m_operations.back();
    }
    void load(std::uint64_t begin, std::uint64_t factoryBegin, std::uint64_t factoryEnd, std::uint64_t end, std::uint64_t value)
    {
        Operation &operation = add(Kind::Load, begin, end, value);
        operation.made = value;
        operation.factoryBegin = factoryBegin;
        operation.factoryEnd = factoryEnd;
    }
    [[nodiscard]] Verdict judged() const { return InfraTorture::judge(m_operations, 2, {}); }

private:
    std::vector<Operation> m_operations;
};

bool isClean(const Verdict &verdict)
{
    return verdict.staleReads + verdict.resurrections + verdict.lostWrites + verdict.unknownValues + verdict.parallelLoads == 0;
}

} // namespace

// What the judge of the campaigns sees and what it lets pass, on histories that fit on a few lines.
class tst_History : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsInOrderIsClean();
    void anOlderValueBehindASetIsStale();
    void anOlderValueWhileASetRunsIsNot();
    void aValueBehindAnInvalidationIsStale();
    void aLoadThatBeganBeforeAnInvalidationIsAResurrection();
    void aMissBehindASetIsALostWrite();
    void anInvalidationThatMayHaveHappenedExcusesAMiss();
    void anInvalidationThatWasRefusedExcusesNothing();
    void aValueThatNobodyWroteIsUnknown();
    void aValueOfAnotherKeyIsUnknown();
    void twoFactoriesAtOnceAreParallel();
    void aWriteOfADeadProcessEndsWithIt();
};

void tst_History::whatIsInOrderIsClean()
{
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Get, 30, 40, 7);
    history.add(Kind::Invalidate, 50, 60);
    history.add(Kind::Get, 70, 80, 0);
    history.load(90, 92, 94, 99, 8);
    history.add(Kind::Get, 100, 110, 8);
    const Verdict verdict = history.judged();
    QVERIFY(isClean(verdict));
    QCOMPARE(verdict.operations, std::uint64_t{6});
}

void tst_History::anOlderValueBehindASetIsStale()
{
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Set, 30, 40, 8);
    history.add(Kind::Get, 50, 60, 7);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::anOlderValueWhileASetRunsIsNot()
{
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Set, 30, 60, 8);
    history.add(Kind::Get, 50, 70, 7);
    QVERIFY(isClean(history.judged()));
}

void tst_History::aValueBehindAnInvalidationIsStale()
{
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Invalidate, 30, 40, 0, Operation::AllKeys);
    history.add(Kind::Get, 50, 60, 7);
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

void tst_History::aLoadThatBeganBeforeAnInvalidationIsAResurrection()
{
    History history;
    history.load(10, 12, 14, 50, 7);
    history.add(Kind::Invalidate, 20, 30);
    history.add(Kind::Get, 60, 70, 7);
    QCOMPARE(history.judged().resurrections, std::uint64_t{1});
}

void tst_History::aMissBehindASetIsALostWrite()
{
    History history;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Get, 30, 40, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::anInvalidationThatMayHaveHappenedExcusesAMiss()
{
    History history;
    history.add(Kind::Invalidate, 2, 5).outcome = Operation::Outcome::Unknown;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Get, 30, 40, 0);
    QVERIFY(isClean(history.judged()));
}

void tst_History::anInvalidationThatWasRefusedExcusesNothing()
{
    History history;
    history.add(Kind::Invalidate, 2, 5).outcome = Operation::Outcome::Refused;
    history.add(Kind::Set, 10, 20, 7);
    history.add(Kind::Get, 30, 40, 0);
    QCOMPARE(history.judged().lostWrites, std::uint64_t{1});
}

void tst_History::aValueThatNobodyWroteIsUnknown()
{
    History history;
    history.add(Kind::Get, 30, 40, 9);
    QCOMPARE(history.judged().unknownValues, std::uint64_t{1});
}

void tst_History::aValueOfAnotherKeyIsUnknown()
{
    History history;
    history.add(Kind::Set, 10, 20, 7, 1);
    history.add(Kind::Get, 30, 40, 7, 0);
    QCOMPARE(history.judged().unknownValues, std::uint64_t{1});
}

void tst_History::twoFactoriesAtOnceAreParallel()
{
    History history;
    history.load(10, 20, 40, 50, 7);
    history.load(15, 30, 45, 60, 8);
    QCOMPARE(history.judged().parallelLoads, std::uint64_t{1});
}

void tst_History::aWriteOfADeadProcessEndsWithIt()
{
    History history;
    history.add(Kind::Set, 10, 0, 7); // It never returned, and may have happened until the process was gone.
    history.add(Kind::Death, 40, 40);
    history.add(Kind::Set, 20, 30, 8).incarnation = 2;
    history.add(Kind::Get, 50, 60, 7).incarnation = 2;
    QVERIFY(isClean(history.judged()));
    history.add(Kind::Set, 70, 80, 9).incarnation = 2;
    history.add(Kind::Get, 90, 95, 7).incarnation = 2;
    QCOMPARE(history.judged().staleReads, std::uint64_t{1});
}

QTEST_GUILESS_MAIN(tst_History)
#include "tst_history.moc"
