// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "status.h"

#include <QColor>
#include <QFont>
#include <QPalette>

namespace InfraConsole {

// Thread safety: a value.
//
// Every colour of the console, derived from a palette. Widgets build one from their palette when they paint or
// when PaletteChange arrives, so a desktop that switches between light and dark is followed live and no widget
// stores a colour.
//
//     const Theme theme(palette());
//     painter.setPen(theme.secondaryText());
class Theme
{
public:
    explicit Theme(const QPalette &palette);

    [[nodiscard]] bool isDark() const noexcept { return m_dark; }
    [[nodiscard]] QColor text() const { return m_text; }
    // Labels and units: blended from text towards the surface as far as contrast 4.5 : 1 allows.
    [[nodiscard]] QColor secondaryText() const { return m_secondary; }
    [[nodiscard]] QColor window() const { return m_window; }
    [[nodiscard]] QColor card() const { return m_card; }
    [[nodiscard]] QColor border() const;
    [[nodiscard]] QColor grid() const;
    [[nodiscard]] QColor accent() const;
    // Behind a selected row: a tint, so that text and status colours stay readable on it.
    [[nodiscard]] QColor selection() const;
    [[nodiscard]] QColor hover() const;
    [[nodiscard]] QColor status(Verdict verdict) const;
    // At most five series share a chart; `index` wraps around.
    [[nodiscard]] QColor series(int index) const;
    // Fill of a destructive button, and the text on it.
    [[nodiscard]] QColor danger() const;
    [[nodiscard]] QColor onDanger() const { return Qt::white; }

    // Our own schemes, for --light and --dark where the platform has none to offer.
    [[nodiscard]] static QPalette lightPalette();
    [[nodiscard]] static QPalette darkPalette();

    // Three sizes of type besides body.
    [[nodiscard]] static QFont titleFont(const QFont &base);
    [[nodiscard]] static QFont labelFont(const QFont &base);
    // For tile values, with figures of equal width.
    [[nodiscard]] static QFont valueFont(const QFont &base);
    [[nodiscard]] static QFont semibold(const QFont &base);

    // `amount` 0 gives `from`, 1 gives `to`.
    [[nodiscard]] static QColor blend(const QColor &from, const QColor &to, double amount);
    // WCAG 2.1 contrast ratio, 1 to 21.
    [[nodiscard]] static double contrast(const QColor &first, const QColor &second);

private:
    [[nodiscard]] QColor readableSecondary() const;

    QColor m_text;
    QColor m_window;
    QColor m_card;
    QColor m_highlight;
    QColor m_secondary;
    bool m_dark = false;
};

// Distances in device-independent pixels.
namespace Spacing {
inline constexpr int Unit = 4;
inline constexpr int Row = 8;
inline constexpr int Card = 12;
inline constexpr int Page = 16;
inline constexpr int Radius = 6;
inline constexpr int RowHeight = 28;
} // namespace Spacing

} // namespace InfraConsole
