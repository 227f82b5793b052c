// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace Infra::Detail {

// Thread safety: constant after construction.
//
// SQLite's GLOB over bytes: * any run, ? one byte, [abc], [a-z], [^a-z] one of a set. SQLite's own works on UTF-8
// and ends at a NUL; keys are bytes.
class GlobPattern
{
public:
    explicit GlobPattern(QByteArray pattern);

    [[nodiscard]] bool matches(QByteArrayView text) const noexcept;
    // What every match begins with: the range of keys to look through.
    [[nodiscard]] QByteArray literalPrefix() const;
    // The longest run of plain bytes: every match contains it. Empty when there is none.
    [[nodiscard]] QByteArray longestLiteral() const;

private:
    QByteArray m_pattern;
};

} // namespace Infra::Detail
