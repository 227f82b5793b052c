// SPDX-License-Identifier: GPL-3.0-or-later
#include "pageheader.h"

#include "session/session.h"
#include "widgets/badge.h"
#include "widgets/format.h"
#include "widgets/labels.h"
#include "widgets/plaintext.h"
#include "widgets/status.h"
#include "widgets/theme.h"
#include "widgets/values.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace InfraConsole {

namespace {

constexpr int RangeSeconds[] = {60, 300, 900};

} // namespace

PageHeader::PageHeader(ViewContext &view, const QList<QAction *> &actions, QWidget *parent)
    : QWidget(parent), m_view(view), m_title(new TextLabel(TextLabel::Role::Title, {}, this)), m_badges(new QHBoxLayout), m_controls(new QWidget(this)),
      m_range(new QComboBox(m_controls))
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(Spacing::Page, Spacing::Card, Spacing::Page, 0);
    layout->setSpacing(Spacing::Card);
    m_title->setObjectName(QStringLiteral("pageTitle"));
    layout->addWidget(m_title);
    m_badges->setSpacing(Spacing::Row);
    layout->addLayout(m_badges);
    layout->addStretch();
    layout->addWidget(m_controls);

    auto *controls = new QHBoxLayout(m_controls);
    controls->setContentsMargins(0, 0, 0, 0);
    controls->setSpacing(Spacing::Unit);
    m_range->setObjectName(QStringLiteral("timeRange"));
    m_range->setAccessibleName(tr("Time range of all charts"));
    m_range->setToolTip(tr("Time range of all charts"));
    for (const int seconds : RangeSeconds)
        m_range->addItem(tr("Last %1").arg(formatSpan(seconds)), seconds);
    controls->addWidget(m_range);
    controls->addSpacing(Spacing::Unit);
    for (QAction *action : actions) {
        auto *button = new QToolButton(m_controls);
        button->setDefaultAction(action);
        button->setAutoRaise(true);
        button->setIconSize(QSize(18, 18));
        button->setFixedSize(32, 32);
        button->setFocusPolicy(Qt::TabFocus);
        button->setObjectName(action->objectName() + QStringLiteral("Button"));
        // The default action's text is the visible name only; readers need it spoken.
        button->setAccessibleName(QString(action->text()).remove(QLatin1Char('&')));
        controls->addWidget(button);
    }
    connect(m_range, &QComboBox::activated, this, [this](int index) {
        m_view.setTimeRange({std::chrono::seconds(m_range->itemData(index).toInt()), std::nullopt});
        showRange();
    });
    connect(&m_view, &ViewContext::timeRangeChanged, this, &PageHeader::showRange);
    showRange();
}

PageHeader::~PageHeader() = default;

void PageHeader::setTitle(const QString &title)
{
    m_title->setText(title);
}

void PageHeader::setBadgesOf(const Session *session)
{
    while (QLayoutItem *item = m_badges->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    if (!session)
        return;
    if (session->isDemo())
        m_badges->addWidget(new Badge(Badge::Kind::Demo));
    if (session->isProduction())
        m_badges->addWidget(new Badge(Badge::Kind::Production));
    if (session->isReadOnly()) {
        auto *const badge = new Badge(Badge::Kind::ReadOnly);
        badge->setToolTip(plainToolTip(badge->toolTip() + QLatin1Char('\n') + session->readOnlyReason()));
        badge->setAccessibleDescription(session->readOnlyReason());
        m_badges->addWidget(badge);
    }
}

void PageHeader::setControlsVisible(bool visible)
{
    m_controls->setVisible(visible);
}

void PageHeader::showRange()
{
    // A zoomed chart is none of the presets: it gets an entry of its own, gone again with the next choice.
    const TimeRange range = m_view.timeRange();
    constexpr int presets = static_cast<int>(std::size(RangeSeconds));
    while (m_range->count() > presets)
        m_range->removeItem(presets);
    int index = range.end ? -1 : m_range->findData(static_cast<int>(range.length.count()));
    if (index < 0) {
        const QString span = formatSpan(static_cast<double>(range.length.count()));
        m_range->addItem(range.end
                             ? tr("%1 until %2").arg(span, locale().toString(toDateTime(*range.end).time(),
                                                                            QStringLiteral("HH:mm:ss")))
                             : tr("Last %1").arg(span),
                         static_cast<int>(range.length.count()));
        index = presets;
    }
    m_range->setCurrentIndex(index);
}

SourceBanner::SourceBanner(QWidget *parent) : QWidget(parent), m_text(new QLabel(this))
{
    setAccessibleName(tr("State of the source"));
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(Spacing::Page + 24, 6, Spacing::Page, 6);
    m_text->setObjectName(QStringLiteral("sourceBannerText"));
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    layout->addWidget(m_text, 1);
    auto *retry = new QPushButton(tr("Try again now"), this);
    retry->setAccessibleName(retry->text());
    layout->addWidget(retry);
    connect(retry, &QPushButton::clicked, this, &SourceBanner::retryRequested);
    hide();
}

SourceBanner::~SourceBanner() = default;

void SourceBanner::setSnapshot(const Snapshot &snapshot, const QString &sourceName)
{
    setVisible(snapshot.source == SourceState::Lost);
    if (snapshot.source != SourceState::Lost)
        return;
    const QString reason = snapshot.sourceMessage.isEmpty() ? tr("%1 does not answer.").arg(sourceName)
                                                            : snapshot.sourceMessage;
    if (snapshot.lastDataAt == SystemTime{}) {
        m_text->setText(tr("%1 Nothing has been read yet.").arg(reason));
        return;
    }
    m_text->setText(tr("%1 Shown is what was known at %2 (%3).")
                        .arg(reason, locale().toString(toDateTime(snapshot.lastDataAt).time(), QStringLiteral("HH:mm:ss")),
                             formatRelative(toDateTime(snapshot.lastDataAt), toDateTime(snapshot.at))));
}

void SourceBanner::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Theme theme(palette());
    const QColor color = theme.status(Verdict::Degraded);
    painter.fillRect(rect(), Theme::blend(theme.window(), color, 0.14));
    paintStatus(&painter, QRectF(Spacing::Page, height() / 2.0 - 6, 12, 12), Verdict::Degraded, color);
}

} // namespace InfraConsole
