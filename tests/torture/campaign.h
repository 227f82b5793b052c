// SPDX-License-Identifier: MIT
#pragma once

#include "arena.h"

#include <QCommandLineParser>
#include <QStringList>

#include <optional>

namespace InfraTorture {

// The options that every campaign on a store has: how many, --seed, --break, --json.
class CampaignArguments
{
public:
    // `mechanisms` are what --break may switch off.
    CampaignArguments(QString name, const QString &countOption, const QString &countHelp, int count, QStringList mechanisms);

    // To add options of its own.
    [[nodiscard]] QCommandLineParser &parser() noexcept { return m_parser; }
    // None when the campaign may begin; otherwise its exit status, see InfraTest::parseOptions().
    [[nodiscard]] std::optional<int> parse(const QStringList &arguments);

    [[nodiscard]] int count() const noexcept { return m_count; }
    [[nodiscard]] std::uint64_t seed() const noexcept { return m_seed; }
    [[nodiscard]] QString broken() const { return m_parser.value(QStringLiteral("break")); }
    [[nodiscard]] QString json() const { return m_parser.value(QStringLiteral("json")); }
    [[nodiscard]] Infra::Detail::StoreFaults faults() const;

private:
    QString m_name;
    QString m_countOption;
    QStringList m_mechanisms;
    QCommandLineParser m_parser;
    int m_count = 0;
    std::uint64_t m_seed = 0;
};

// The guarantee that goes with a mechanism: what a run without it must see.
[[nodiscard]] QString guaranteeOf(const QString &mechanism);

// Prints the seed, lets `fault` happen `count` times to processes that work in a new arena, judges, prints the report.
// With --break it is run with further seeds until the judge has seen what that breaks, and says so, 20 times at most.
// Returns an exit status.
[[nodiscard]] int runCampaign(const CampaignArguments &arguments, ArenaOptions options, const QString &title, Fault &fault);

// Prints the account and how many violations it holds, and writes it; an exit status.
[[nodiscard]] int conclude(InfraTest::Figures &figures, const Account &account, const QString &json);

// The switch of a mechanism by its name; none for a name that is not one of a store's.
[[nodiscard]] Infra::Detail::StoreFaults faultsOf(const QString &mechanism);

} // namespace InfraTorture
