// SPDX-License-Identifier: MIT
#include "campaign.h"

#include "commandoptions.h"

#include <QHash>
#include <QRandomGenerator>

#include <cstdio>

namespace InfraTorture {
namespace {

// A broken mechanism shows only when a fault meets the right moment, so a run that saw nothing is followed by another.
constexpr int MostProofs = 20;

} // namespace

CampaignArguments::CampaignArguments(QString name, const QString &countOption, const QString &countHelp, int count,
                                     QStringList mechanisms)
    : m_name(std::move(name)), m_countOption(countOption), m_mechanisms(std::move(mechanisms))
{
    m_parser.addOptions({{countOption, countHelp, QStringLiteral("N"), QString::number(count)},
                         {QStringLiteral("seed"), QStringLiteral("Replays the choices of a run."), QStringLiteral("N")},
                         {QStringLiteral("break"), QStringLiteral("Switches a mechanism off: %1.").arg(m_mechanisms.join(QStringLiteral(", "))),
                          QStringLiteral("MECHANISM")},
                         {QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("FILE")}});
}

std::optional<int> CampaignArguments::parse(const QStringList &arguments)
{
    if (const auto status = InfraTest::parseOptions(m_parser, m_name, arguments))
        return status;
    m_count = m_parser.value(m_countOption).toInt();
    bool valid = m_count > 0 && (broken().isEmpty() || m_mechanisms.contains(broken()));
    m_seed = QRandomGenerator::system()->generate();
    if (valid && m_parser.isSet(QStringLiteral("seed")))
        m_seed = m_parser.value(QStringLiteral("seed")).toULongLong(&valid);
    if (!valid)
        return InfraTest::refuseOptions(m_parser);
    return std::nullopt;
}

Infra::Detail::StoreFaults CampaignArguments::faults() const
{
    return faultsOf(broken());
}

Infra::Detail::StoreFaults faultsOf(const QString &mechanism)
{
    Infra::Detail::StoreFaults faults;
    faults.skipMarks = mechanism == u"marks";
    faults.skipLoadGenerations = mechanism == u"generations";
    faults.keepSnapshots = mechanism == u"snapshots";
    faults.skipChecksums = mechanism == u"checksums";
    faults.skipIdentityChecks = mechanism == u"identity";
    faults.skipLogChecks = mechanism == u"log";
    faults.lateMarks = mechanism == u"flight";
    faults.skipLoadLocks = mechanism == u"loads";
    faults.keepOlder = mechanism == u"older";
    faults.ignoreErrors = mechanism == u"errors";
    return faults;
}

QString guaranteeOf(const QString &mechanism)
{
    static const QHash<QString, QString> guarantees{{QStringLiteral("generations"), QStringLiteral("resurrections")},
                                                    {QStringLiteral("loads"), QStringLiteral("parallel loads")},
                                                    {QStringLiteral("checksums"), QStringLiteral("values that nobody wrote")},
                                                    {QStringLiteral("identity"), QStringLiteral("went unnoticed")},
                                                    {QStringLiteral("errors"), QStringLiteral("lost acknowledged writes")},
                                                    {QStringLiteral("deadline"), QStringLiteral("calls beyond their deadline")}};
    return guarantees.value(mechanism, QStringLiteral("stale reads"));
}

namespace {

// One arena under the fault; an exit status, and in `isSeen` whether what is switched off was missed.
int runOnce(const CampaignArguments &arguments, const ArenaOptions &options, const QString &title, Fault &fault, bool &isSeen)
{
    std::printf("seed %llu\n", static_cast<unsigned long long>(options.workload.seed));
    std::fflush(stdout);
    QString problem;
    const auto arena = Arena::create(options, &problem);
    if (!arena) {
        std::fprintf(stderr, "%s\n", qPrintable(problem));
        return 2;
    }
    arena->group().startAll();
    arena->expectService(QStringLiteral("the start"));
    // Without a mechanism nothing may come back: what went wrong once is enough, and the judge says what it was.
    const bool isWhole = arguments.broken().isEmpty();
    for (int i = 0; i < arguments.count() && (isWhole || !arena->hasViolations()); ++i)
        fault.inflict(*arena);
    InfraTest::Figures figures(title + QStringLiteral(", seed %1").arg(options.workload.seed)
                               + (arguments.broken().isEmpty() ? QString() : QStringLiteral(", without ") + arguments.broken()));
    const Account account = arena->judge();
    isSeen = account.guarantees.value(guaranteeOf(arguments.broken())) > 0;
    return conclude(figures, account, arguments.json());
}

} // namespace

int runCampaign(const CampaignArguments &arguments, ArenaOptions options, const QString &title, Fault &fault)
{
    options.workload.seed = arguments.seed();
    options.workload.faults = arguments.faults();
    bool isSeen = false;
    int status = runOnce(arguments, options, title, fault, isSeen);
    if (arguments.broken().isEmpty())
        return status;
    for (int again = 1; again < MostProofs && status != 2 && !isSeen; ++again) {
        ++options.workload.seed;
        status = runOnce(arguments, options, title, fault, isSeen);
    }
    if (isSeen)
        std::printf("seen: %s\n", qPrintable(guaranteeOf(arguments.broken())));
    return status;
}

int conclude(InfraTest::Figures &figures, const Account &account, const QString &json)
{
    account.addTo(figures);
    figures.print();
    std::printf("violations: %llu\n", static_cast<unsigned long long>(account.violations()));
    if (!figures.writeJson(json))
        return 2;
    return account.violations() == 0 ? 0 : 1;
}

} // namespace InfraTorture
