// SPDX-License-Identifier: GPL-3.0-or-later
#include "legend.h"

#include "widgets/plaintext.h"
#include "widgets/theme.h"

#include <QPainter>

namespace InfraConsole {

namespace {
constexpr int Swatch = 12;
constexpr int Gap = 14;
} // namespace

Legend::Legend(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

Legend::~Legend() = default;

void Legend::setEntries(const QList<Entry> &entries)
{
    if (entries == m_entries)
        return;
    m_entries = entries;
    QStringList names;
    for (const Entry &entry : m_entries)
        names << entry.name;
    setAccessibleName(names.join(QStringLiteral(", ")));
    setToolTip(plainToolTip(names.join(QLatin1Char('\n'))));
    // Without one the tooltip would be read out, escapes and all.
    setAccessibleDescription(accessibleName());
    updateGeometry();
    update();
}

QSize Legend::sizeHint() const
{
    const QFontMetrics metrics(Theme::labelFont(font()));
    int width = 0;
    for (const Entry &entry : m_entries)
        width += metrics.horizontalAdvance(entry.name) + 2 + Swatch + Spacing::Unit + Gap;
    return {width, metrics.height()};
}

QSize Legend::minimumSizeHint() const
{
    return {0, sizeHint().height()};
}

void Legend::paintEvent(QPaintEvent *)
{
    if (m_entries.isEmpty())
        return;
    const Theme theme(palette());
    const QFont type = Theme::labelFont(font());
    const QFontMetrics metrics(type);
    QPainter painter(this);
    painter.setFont(type);
    const bool fits = sizeHint().width() <= width();
    const int share = width() / static_cast<int>(m_entries.size()) - Swatch - Spacing::Unit - Gap;
    int x = 0;
    for (const Entry &entry : std::as_const(m_entries)) {
        painter.setPen(QPen(theme.series(entry.color), 2));
        painter.drawLine(x, height() / 2, x + Swatch, height() / 2);
        x += Swatch + Spacing::Unit;
        // Processes of one service differ at the end of their names.
        const QString name = fits ? entry.name : metrics.elidedText(entry.name, Qt::ElideMiddle, std::max(share, 20));
        painter.setPen(theme.secondaryText());
        painter.drawText(QRect(x, 0, width(), height()), Qt::AlignLeft | Qt::AlignVCenter, name);
        x += metrics.horizontalAdvance(name) + Gap;
    }
}

} // namespace InfraConsole
