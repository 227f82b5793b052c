// SPDX-License-Identifier: GPL-3.0-or-later
#include "attentionnote.h"

#include "widgets/labels.h"
#include "widgets/plaintext.h"
#include "widgets/status.h"
#include "widgets/theme.h"

#include <QHBoxLayout>
#include <QPainter>

#include <algorithm>

namespace InfraConsole {

namespace {

constexpr int ShapeSize = 10;
// Of hundreds of processes a tooltip names as many as can be read.
constexpr int NamedInToolTip = 12;

} // namespace

AttentionNote::AttentionNote(PageId page, QWidget *parent)
    : QWidget(parent), m_page(page), m_label(new TextLabel(TextLabel::Role::Body))
{
    // As wide as there is room, whatever it says.
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    auto *const row = new QHBoxLayout(this);
    row->setContentsMargins(ShapeSize + Spacing::Row, 0, 0, 0);
    row->addWidget(m_label, 1);
}

AttentionNote::~AttentionNote() = default;

void AttentionNote::setAttention(const std::vector<Attention> &attention)
{
    QStringList sentences;
    m_worst = Severity::Information;
    for (const Attention &item : attention) {
        // As the navigation does: what is only worth knowing is on the overview.
        if (item.page != m_page || item.severity == Severity::Information)
            continue;
        sentences << item.sentence;
        m_worst = std::max(m_worst, item.severity);
    }
    QString text = sentences.value(0);
    if (sentences.size() > 1)
        //: A sentence, and how many others there are.
        text = tr("%1 And %2 more.").arg(text, locale().toString(sentences.size() - 1));
    m_label->setText(text);
    m_label->setAccessibleName(text.isEmpty()                      ? QString()
                               : m_worst == Severity::Critical ? tr("Problem: %1").arg(text)
                                                               : tr("Warning: %1").arg(text));
    if (sentences.size() > NamedInToolTip)
        sentences = sentences.mid(0, NamedInToolTip) << QStringLiteral("…");
    m_label->setToolTip(plainToolTip(sentences.join(QLatin1Char('\n'))));
    // Without one the tooltip would be read out, escapes and all.
    m_label->setAccessibleDescription(text);
    update();
}

QString AttentionNote::text() const
{
    return m_label->text();
}

void AttentionNote::paintEvent(QPaintEvent *)
{
    if (text().isEmpty())
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Verdict shape = m_worst == Severity::Critical ? Verdict::Down : Verdict::Degraded;
    paintStatus(&painter, QRectF(0, (height() - ShapeSize) / 2.0, ShapeSize, ShapeSize), shape, Theme(palette()).status(shape));
}

} // namespace InfraConsole
