// SPDX-License-Identifier: GPL-3.0-or-later
#include "theme.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace InfraConsole {

namespace {

constexpr double ReadableContrast = 4.5;

double luminance(const QColor &color)
{
    const auto linear = [](double channel) {
        return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

QFont scaledFont(const QFont &base, double factor)
{
    QFont font(base);
    if (base.pointSizeF() > 0)
        font.setPointSizeF(base.pointSizeF() * factor);
    else
        font.setPixelSize(std::max(1, static_cast<int>(std::lround(base.pixelSize() * factor))));
    return font;
}

struct Scheme
{
    QRgb window, base, alternate, text, button, highlight, link, tooltip;
};

QPalette makePalette(const Scheme &scheme)
{
    const QColor window(scheme.window), base(scheme.base), text(scheme.text), highlight(scheme.highlight);
    QPalette palette;
    palette.setColor(QPalette::Window, window);
    palette.setColor(QPalette::WindowText, text);
    palette.setColor(QPalette::Base, base);
    palette.setColor(QPalette::AlternateBase, QColor(scheme.alternate));
    palette.setColor(QPalette::Text, text);
    palette.setColor(QPalette::Button, QColor(scheme.button));
    palette.setColor(QPalette::ButtonText, text);
    palette.setColor(QPalette::BrightText, Qt::white);
    palette.setColor(QPalette::Highlight, highlight);
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, QColor(scheme.link));
    palette.setColor(QPalette::LinkVisited, QColor(scheme.link));
    palette.setColor(QPalette::ToolTipBase, QColor(scheme.tooltip));
    palette.setColor(QPalette::ToolTipText, text);
    palette.setColor(QPalette::PlaceholderText, Theme::blend(text, base, 0.4));
    palette.setColor(QPalette::Light, Theme::blend(window, Qt::white, 0.2));
    palette.setColor(QPalette::Midlight, Theme::blend(window, text, 0.06));
    palette.setColor(QPalette::Mid, Theme::blend(window, text, 0.22));
    palette.setColor(QPalette::Dark, Theme::blend(window, text, 0.34));
    palette.setColor(QPalette::Shadow, Theme::blend(window, Qt::black, 0.6));
    const QColor disabled = Theme::blend(text, window, 0.55);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, disabled);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, Theme::blend(highlight, window, 0.7));
    return palette;
}

} // namespace

Theme::Theme(const QPalette &palette)
    : m_text(palette.color(QPalette::Active, QPalette::WindowText)),
      m_window(palette.color(QPalette::Active, QPalette::Window)),
      m_card(palette.color(QPalette::Active, QPalette::Base)),
      m_highlight(palette.color(QPalette::Active, QPalette::Highlight))
{
    // Every cell of a table makes a theme as it is painted, and contrasts are the dear part: the last one's are kept.
    struct Derived
    {
        QColor text, window, card, highlight, secondary;
        bool dark = false;
    };
    static thread_local Derived last;
    if (last.text != m_text || last.window != m_window || last.card != m_card || last.highlight != m_highlight) {
        m_dark = luminance(m_window) < luminance(m_text);
        m_secondary = readableSecondary();
        last = {m_text, m_window, m_card, m_highlight, m_secondary, m_dark};
    }
    m_dark = last.dark;
    m_secondary = last.secondary;
}

QColor Theme::readableSecondary() const
{
    QColor secondary;
    double amount = 0.45;
    const QColor selected = selection();
    do {
        secondary = blend(m_text, m_window, amount);
        amount -= 0.05;
    } while (amount > 0
             && std::min({contrast(secondary, m_window), contrast(secondary, m_card), contrast(secondary, selected)}) < ReadableContrast);
    return secondary;
}

QColor Theme::border() const
{
    return blend(m_window, m_text, m_dark ? 0.16 : 0.14);
}

QColor Theme::grid() const
{
    return blend(m_card, m_text, m_dark ? 0.10 : 0.08);
}

QColor Theme::accent() const
{
    return m_dark ? blend(m_highlight, Qt::white, 0.35) : m_highlight;
}

QColor Theme::selection() const
{
    return blend(m_card, m_highlight, m_dark ? 0.30 : 0.14);
}

QColor Theme::hover() const
{
    return blend(m_card, m_text, 0.05);
}

QColor Theme::status(Verdict verdict) const
{
    switch (verdict) {
    case Verdict::Up:
        return m_dark ? QColor(0x2f, 0xc4, 0x9a) : QColor(0x00, 0x70, 0x56);
    case Verdict::Degraded:
        return m_dark ? QColor(0xf0, 0xb4, 0x3c) : QColor(0x8a, 0x58, 0x00);
    case Verdict::Down:
        return m_dark ? QColor(0xff, 0x8a, 0x52) : QColor(0xb2, 0x42, 0x00);
    case Verdict::Unreachable:
        return m_dark ? QColor(0xe0, 0x9c, 0xc6) : QColor(0x96, 0x3e, 0x77);
    case Verdict::Paused:
    case Verdict::NeverChecked:
        return m_secondary;
    }
    return m_secondary;
}

QColor Theme::series(int index) const
{
    static constexpr std::array<QRgb, 5> light{0xff0068a6, 0xffa85200, 0xff007658, 0xff9c4175, 0xff4f5fc9};
    static constexpr std::array<QRgb, 5> dark{0xff56b4e9, 0xffe69f00, 0xff2fc49a, 0xffe09cc6, 0xff9aa6ff};
    const auto slot = static_cast<std::size_t>(((index % 5) + 5) % 5);
    return QColor(m_dark ? dark[slot] : light[slot]);
}

QColor Theme::danger() const
{
    return QColor(0xb8, 0x42, 0x04);
}

QPalette Theme::lightPalette()
{
    return makePalette({0xfff3f5f7, 0xffffffff, 0xfff8f9fa, 0xff1a1f26, 0xffeceff2, 0xff1f6db3, 0xff1a5f9e, 0xffffffff});
}

QPalette Theme::darkPalette()
{
    return makePalette({0xff14171b, 0xff1b1f24, 0xff20252b, 0xffe2e6eb, 0xff272d34, 0xff2a6fae, 0xff6cb4f0, 0xff272d34});
}

QFont Theme::titleFont(const QFont &base)
{
    return semibold(scaledFont(base, 1.4));
}

QFont Theme::labelFont(const QFont &base)
{
    return scaledFont(base, 0.92);
}

QFont Theme::valueFont(const QFont &base)
{
    QFont font = scaledFont(base, 1.8);
    // Figures of equal width keep a value from trembling while it changes; most fonts have them as default.
    font.setStyleHint(QFont::SansSerif);
    font.setKerning(false);
    return font;
}

QFont Theme::semibold(const QFont &base)
{
    QFont font(base);
    font.setWeight(QFont::DemiBold);
    return font;
}

QColor Theme::blend(const QColor &from, const QColor &to, double amount)
{
    const auto mix = [amount](double a, double b) { return static_cast<float>(a + (b - a) * amount); };
    return QColor::fromRgbF(mix(from.redF(), to.redF()), mix(from.greenF(), to.greenF()), mix(from.blueF(), to.blueF()));
}

double Theme::contrast(const QColor &first, const QColor &second)
{
    const double a = luminance(first) + 0.05;
    const double b = luminance(second) + 0.05;
    return std::max(a, b) / std::min(a, b);
}

} // namespace InfraConsole
