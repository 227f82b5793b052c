// SPDX-License-Identifier: GPL-3.0-or-later
#include "servicedetail.h"

#include "pages/chartgrid.h"
#include "widgets/card.h"
#include "widgets/format.h"
#include "widgets/labels.h"
#include "widgets/plaintext.h"
#include "widgets/status.h"
#include "widgets/verdictheading.h"
#include "widgets/theme.h"
#include "widgets/timechart.h"
#include "widgets/values.h"

#include <QAction>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonDocument>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTabWidget>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace InfraConsole {

namespace {

QString breakerWord(const QString &state)
{
    if (state == QStringLiteral("open"))
        return ServiceDetail::tr("open");
    return state == QStringLiteral("half-open") ? ServiceDetail::tr("half-open") : ServiceDetail::tr("closed");
}

// A colour for each service that stays the same on every page would need five of them; latency stands alone.
constexpr int LatencyColor = 0;

void addDependencies(QTreeWidgetItem *parent, QTreeWidget *tree, const std::vector<DependencyInfo> &dependencies)
{
    for (const DependencyInfo &dependency : dependencies) {
        auto *const item = parent ? new QTreeWidgetItem(parent) : new QTreeWidgetItem(tree);
        item->setText(0, dependency.name);
        item->setText(1, statusWord(dependency.verdict));
        item->setIcon(1, statusIcon(dependency.verdict));
        item->setText(2, dependency.detail);
        item->setToolTip(2, plainToolTip(dependency.detail));
        addDependencies(item, tree, dependency.children);
    }
}

bool equal(const std::vector<DependencyInfo> &a, const std::vector<DependencyInfo> &b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const DependencyInfo &x, const DependencyInfo &y) {
        return x.name == y.name && x.verdict == y.verdict && x.detail == y.detail && equal(x.children, y.children);
    });
}

QString pretty(const QByteArray &body)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(body, &error);
    return QString::fromUtf8(error.error == QJsonParseError::NoError ? document.toJson(QJsonDocument::Indented) : body);
}

} // namespace

ServiceDetail::ServiceDetail(ViewContext &view, QWidget *parent) : QWidget(parent)
{
    auto *const column = new QVBoxLayout(this);
    column->setContentsMargins(0, Spacing::Row, 0, 0);
    column->setSpacing(Spacing::Row);

    auto *const heading = new QHBoxLayout;
    heading->setSpacing(Spacing::Row);
    m_status = new VerdictHeading;
    heading->addWidget(m_status, 1);
    m_buttons = new QHBoxLayout;
    m_buttons->setSpacing(Spacing::Row);
    heading->addLayout(m_buttons);
    column->addLayout(heading);
    m_facts = new TextLabel(TextLabel::Role::Secondary);
    column->addWidget(m_facts);

    auto *const lower = new QHBoxLayout;
    lower->setSpacing(Spacing::Card);
    m_chart = new TimeChart(tr("Time to answer"), Unit::Seconds, view);
    lower->addWidget(m_chart, 3);

    auto *const card = new Card;
    auto *const cardColumn = new QVBoxLayout(card);
    cardColumn->setContentsMargins(Spacing::Unit, Spacing::Unit, Spacing::Unit, Spacing::Unit);
    auto *const tabs = new QTabWidget;
    tabs->setDocumentMode(true);
    tabs->setAccessibleName(tr("Details of the service"));
    m_dependencies = new QTreeWidget;
    m_dependencies->setAccessibleName(tr("Dependencies"));
    m_dependencies->setColumnCount(3);
    // Name, verdict and what it says explain themselves.
    m_dependencies->setHeaderHidden(true);
    m_dependencies->setFrameShape(QFrame::NoFrame);
    m_dependencies->setUniformRowHeights(true);
    m_dependencies->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    m_dependencies->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    tabs->addTab(m_dependencies, tr("Dependencies"));
    m_body = new QPlainTextEdit;
    m_body->setAccessibleName(tr("Last answer"));
    m_body->setReadOnly(true);
    m_body->setFrameShape(QFrame::NoFrame);
    m_body->setTabChangesFocus(true);
    m_body->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_body->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    tabs->addTab(m_body, tr("Last answer"));
    cardColumn->addWidget(tabs);
    lower->addWidget(card, 2);
    column->addLayout(lower, 1);
}

ServiceDetail::~ServiceDetail() = default;

void ServiceDetail::addButton(QAction *action)
{
    auto *const button = new QPushButton(action->icon(), QString(action->text()).remove(QLatin1Char('&')));
    button->setObjectName(action->objectName() + QStringLiteral("Button"));
    button->setAccessibleName(button->text());
    button->setToolTip(action->toolTip());
    connect(button, &QPushButton::clicked, action, &QAction::trigger);
    connect(action, &QAction::changed, button, [action, button] {
        button->setEnabled(action->isEnabled());
        button->setVisible(action->isVisible());
    });
    button->setEnabled(action->isEnabled());
    button->setVisible(action->isVisible());
    m_buttons->addWidget(button);
}

void ServiceDetail::setService(const ServiceRow *service, const Snapshot &snapshot)
{
    if (!service) {
        m_status->setStatus(Verdict::NeverChecked, tr("No service selected"), {});
        m_facts->setText({});
        m_chart->setNoDataReason(tr("Select a service above"));
        m_chart->setData(snapshot.at, {}, {});
        m_dependencies->clear();
        m_shownDependencies.clear();
        m_body->clear();
        m_shownBody.clear();
        m_shown.clear();
        return;
    }
    const QDateTime now = toDateTime(snapshot.at);
    QString state = service->checking ? tr("checking…") : statusWord(service->verdict);
    if (service->verdictSince != SystemTime{} && !service->checking)
        state += tr(" since %1").arg(locale().toString(toDateTime(service->verdictSince).time(), QStringLiteral("HH:mm:ss")));
    if (!service->reason.isEmpty())
        state += QStringLiteral(" · ") + service->reason;
    m_status->setStatus(service->verdict, service->name, state);

    QStringList facts{service->url};
    if (service->lastCheckedAt)
        facts << tr("checked %1").arg(formatRelative(toDateTime(*service->lastCheckedAt), now));
    if (service->latency)
        facts << tr("answered in %1").arg(formatText(toValue(service->latency), Unit::Seconds));
    if (service->connectTime && service->serverTime)
        facts << tr("connect %1, answer %2").arg(formatText(toValue(service->connectTime), Unit::Seconds),
                                                  formatText(toValue(service->serverTime), Unit::Seconds));
    if (service->stale)
        facts << tr("its processes have stopped publishing");
    else if (service->instances > 0)
        facts << (service->instances == 1 ? tr("1 process in this store") : tr("%1 processes in this store").arg(service->instances));
    if (!service->breaker.isEmpty())
        facts << tr("breaker of its callers: %1").arg(breakerWord(service->breaker));
    if (service->certificateExpiry)
        facts << tr("certificate until %1").arg(locale().toString(toDateTime(*service->certificateExpiry).date(), QLocale::ShortFormat));
    m_facts->setText(facts.join(QStringLiteral("  ·  ")));

    std::vector<ChartSeries> series;
    if (auto samples = seriesOf(snapshot, {Measure::ServiceLatency, service->name.toUtf8(), {}}))
        series.push_back({tr("Time to answer"), LatencyColor, std::move(samples)});
    m_chart->setNoDataReason(service->verdict == Verdict::NeverChecked ? tr("Never checked: press Check now")
                                                                       : tr("No answer in this time"));
    m_chart->setData(snapshot.at, std::move(series), snapshot.marks);

    if (m_shown != service->name || !equal(m_shownDependencies, service->dependencies))
        fillDependencies(*service);
    const QString body = service->body.isEmpty() ? tr("No answer has been received.") : pretty(service->body);
    // Not by what the field makes of it, which has other ends of lines: one that stays keeps its scrolling and selection.
    if (body != m_shownBody) {
        m_shownBody = body;
        m_body->setPlainText(body);
    }
    m_shown = service->name;
}

void ServiceDetail::fillDependencies(const ServiceRow &service)
{
    m_shownDependencies = service.dependencies;
    m_dependencies->clear();
    addDependencies(nullptr, m_dependencies, service.dependencies);
    if (service.dependencies.empty()) {
        auto *const item = new QTreeWidgetItem(m_dependencies);
        item->setText(0, tr("It names none"));
        item->setFirstColumnSpanned(true);
        item->setDisabled(true);
    }
    m_dependencies->expandAll();
}

} // namespace InfraConsole
