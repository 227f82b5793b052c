// SPDX-License-Identifier: GPL-3.0-or-later
#include "verdictheading.h"

#include "widgets/plaintext.h"
#include "widgets/status.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QIconEngine>
#include <QPainter>

namespace InfraConsole {

namespace {

constexpr int ShapeSize = 12;

class StatusIconEngine : public QIconEngine
{
public:
    explicit StatusIconEngine(Verdict verdict) : m_verdict(verdict) {}

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode, QIcon::State) override
    {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const double side = std::min(rect.width(), rect.height()) * 0.75;
        const QRectF box(rect.center().x() + 0.5 - side / 2, rect.center().y() + 0.5 - side / 2, side, side);
        paintStatus(painter, box, m_verdict, Theme(QApplication::palette()).status(m_verdict));
        painter->restore();
    }
    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap result(size);
        result.fill(Qt::transparent);
        QPainter painter(&result);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return result;
    }
    [[nodiscard]] QIconEngine *clone() const override { return new StatusIconEngine(m_verdict); }

private:
    Verdict m_verdict;
};

} // namespace

QIcon statusIcon(Verdict verdict)
{
    return QIcon(new StatusIconEngine(verdict));
}

VerdictHeading::VerdictHeading(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
}

VerdictHeading::~VerdictHeading() = default;

void VerdictHeading::setStatus(Verdict verdict, const QString &name, const QString &text)
{
    if (verdict == m_verdict && name == m_name && text == m_text)
        return;
    m_verdict = verdict;
    m_name = name;
    m_text = text;
    setAccessibleName(QStringLiteral("%1: %2").arg(name, text));
    setToolTip(plainToolTip(text));
    // Without one the tooltip would be read out, escapes and all.
    setAccessibleDescription(text);
    update();
}

QSize VerdictHeading::sizeHint() const
{
    return {200, std::max(fontMetrics().height(), ShapeSize) + 2 * Spacing::Unit};
}

void VerdictHeading::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Theme theme(palette());
    paintStatus(&painter, QRectF(0, (height() - ShapeSize) / 2.0, ShapeSize, ShapeSize), m_verdict,
                theme.status(m_verdict));
    painter.setFont(Theme::semibold(font()));
    painter.setPen(theme.text());
    QRect box = rect().adjusted(ShapeSize + Spacing::Row, 0, 0, 0);
    const int nameWidth = painter.fontMetrics().horizontalAdvance(m_name);
    painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter, m_name);
    box.setLeft(box.left() + nameWidth + Spacing::Card);
    painter.setFont(font());
    painter.setPen(theme.secondaryText());
    painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(m_text, Qt::ElideRight, box.width()));
}

} // namespace InfraConsole
