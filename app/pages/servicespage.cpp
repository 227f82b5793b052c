// SPDX-License-Identifier: GPL-3.0-or-later
#include "servicespage.h"

#include "models/servicelist.h"
#include "models/tablemodel.h"
#include "pages/servicedetail.h"
#include "pages/servicedialog.h"
#include "widgets/datatable.h"
#include "widgets/icons.h"
#include "widgets/plaintext.h"
#include "widgets/savefile.h"
#include "widgets/theme.h"
#include "widgets/timechart.h"
#include "widgets/values.h"

#include <QAction>
#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QScopedValueRollback>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace InfraConsole {

using namespace std::chrono_literals;

namespace {

QByteArray serviceList(const Snapshot &snapshot)
{
    ServiceList services;
    for (const ServiceRow &row : snapshot.services)
        services.emplace_back(row.name, row.url);
    return writeServiceList(services);
}

} // namespace

ServicesPage::ServicesPage(Session &pageSession, ViewContext &pageView, QWidget *parent)
    : Page(PageId::Services, tr("Services"), pageSession, pageView, parent)
{
    using Kind = TableColumn::Kind;
    m_model = new TableModel(
        {
            {tr("#"), Kind::Number, Unit::Count, tr("Your order: Move up and Move down change it"), {}, false},
            {tr("Service"), Kind::Text, Unit::Count, tr("Name of the service"), QStringLiteral("service"), false},
            {tr("Verdict"), Kind::Verdict, Unit::Count, tr("What its last checks amount to"), QStringLiteral("verdict"), false},
            {tr("Last checks"), Kind::Heartbeat, Unit::Count, tr("One bar for each check, the newest at the right"), {}, false},
            {tr("Answer"), Kind::Number, Unit::Seconds, tr("How long the last answer took"), QStringLiteral("latency_seconds"), false},
            {tr("Checked"), Kind::Moment, Unit::Count, tr("When it was checked last"), QStringLiteral("checked_at"), false},
            {tr("Processes"), Kind::Number, Unit::Count, tr("Processes of this name that publish into the store"), QStringLiteral("processes"), false},
            {tr("Reason"), Kind::Text, Unit::Count, tr("Why it is not up"), QStringLiteral("reason"), true},
        },
        this);
    m_table = new DataTable(tr("Services"), m_model);
    m_table->setObjectName(QStringLiteral("serviceTable"));
    setWhatsThis(tr("<b>Services</b><p>Each service's health, asked at its address with /health behind it, every few seconds and without a retry.</p>"
                    "<p>Up: it says so. Degraded: it answers, with a warning. Down: it answers and says that it is not well. Unreachable: no answer, "
                    "with the reason. A verdict changes only after several checks agree.</p>"));
    m_table->setEmptyText(tr("No services"), tr("Add the services whose health you want to see."));
    m_table->sortBy(0, Qt::AscendingOrder);
    // Every action is of one service.
    m_table->view()->setSelectionMode(QAbstractItemView::SingleSelection);
    m_detail = new ServiceDetail(pageView);
    createActions();

    auto *const splitter = new QSplitter(Qt::Vertical);
    splitter->setObjectName(QStringLiteral("servicesSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_table);
    splitter->addWidget(m_detail);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    auto *const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(splitter);

    connect(m_table, &DataTable::currentChanged, this, [this] {
        if (!m_filling)
            m_wanted.clear();
        showSelection();
        Q_EMIT watchedSeriesChanged();
    });
    // Also of the row that is current already.
    connect(m_table->view(), &QTableView::clicked, this, [this] { m_wanted.clear(); });
    connect(m_table, &DataTable::activated, m_check, &QAction::trigger);
    showSelection();
}

ServicesPage::~ServicesPage() = default;

void ServicesPage::createActions()
{
    const auto create = [this](const QString &name, const QString &text, const QString &iconName, auto run) {
        auto *const action = new QAction(iconName.isEmpty() ? QIcon() : icon(iconName), text, this);
        action->setObjectName(name);
        connect(action, &QAction::triggered, this, run);
        return action;
    };
    m_check = create(QStringLiteral("checkService"), tr("Check now"), QStringLiteral("check"),
                     [this] { session().checkService(currentService()); });
    m_checkAll = create(QStringLiteral("checkAllServices"), tr("Check all"), QStringLiteral("check"),
                        [this] { session().checkAllServices(); });
    m_pauseShort = create(QStringLiteral("pauseService"), tr("Pause for 10 minutes"), QStringLiteral("pause"),
                          [this] { session().pauseService(currentService(), 10min); });
    m_pauseLong = create(QStringLiteral("pauseServiceHour"), tr("Pause for an hour"), {},
                         [this] { session().pauseService(currentService(), 1h); });
    m_pauseOpen = create(QStringLiteral("pauseServiceOpen"), tr("Pause until resumed"), {},
                         [this] { session().pauseService(currentService(), std::chrono::milliseconds::max()); });
    m_resume = create(QStringLiteral("resumeService"), tr("Resume checks"), QStringLiteral("play"),
                      [this] { session().pauseService(currentService(), 0ms); });
    m_add = create(QStringLiteral("addService"), tr("Add service…"), QStringLiteral("add"), [this] { addService(); });
    m_edit = create(QStringLiteral("editService"), tr("Edit…"), QStringLiteral("edit"), [this] { editService(); });
    m_remove = create(QStringLiteral("removeService"), tr("Remove…"), QStringLiteral("remove"), [this] { removeService(); });
    m_up = create(QStringLiteral("moveServiceUp"), tr("Move up"), QStringLiteral("up"), [this] { moveService(-1); });
    m_down = create(QStringLiteral("moveServiceDown"), tr("Move down"), QStringLiteral("down"), [this] { moveService(1); });

    m_import = create(QStringLiteral("importServices"), tr("Import services…"), QStringLiteral("import"), [this] { importServices(); });
    m_export = create(QStringLiteral("exportServices"), tr("Export services…"), QStringLiteral("export"), [this] { exportServices(); });
    m_import->setToolTip(tr("Import services from a list that a console has exported"));
    m_export->setToolTip(tr("Export names and addresses, for another console"));

    for (QAction *action : {m_check, m_pauseShort, m_pauseLong, m_pauseOpen, m_resume, m_edit, m_up, m_down, m_remove})
        m_table->addRowAction(action);
    for (QAction *action : {m_checkAll, m_add}) {
        auto *const button = new QPushButton(action->icon(), action->text());
        button->setObjectName(action->objectName() + QStringLiteral("Button"));
        button->setAccessibleName(action->text());
        connect(button, &QPushButton::clicked, action, &QAction::trigger);
        m_table->addTool(button);
    }
    for (QAction *action : {m_import, m_export}) {
        auto *const button = new QToolButton;
        button->setDefaultAction(action);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
        button->setObjectName(action->objectName() + QStringLiteral("Button"));
        button->setAccessibleName(action->text());
        m_table->addTool(button);
    }
    m_check->setToolTip(tr("Ask the service now (Enter)"));
    for (QAction *action : {m_check, m_pauseShort, m_resume, m_edit})
        m_detail->addButton(action);
}

QString ServicesPage::currentService() const
{
    return m_table->currentIdentity();
}

const ServiceRow *ServicesPage::current() const
{
    if (!m_snapshot)
        return nullptr;
    const QString name = currentService();
    const auto found = std::find_if(m_snapshot->services.begin(), m_snapshot->services.end(),
                                    [&name](const ServiceRow &row) { return row.name == name; });
    return found == m_snapshot->services.end() ? nullptr : &*found;
}

void ServicesPage::setSnapshot(const SnapshotPointer &snapshot)
{
    m_snapshot = snapshot;
    fill();
    showSelection();
}

void ServicesPage::fill()
{
    const QScopedValueRollback filling(m_filling, true);
    std::vector<TableRow> rows;
    rows.reserve(m_snapshot->services.size());
    for (const ServiceRow &row : m_snapshot->services) {
        const QString since = row.verdictSince == SystemTime{} ? QString()
                                                               : tr("since %1").arg(formatAbsolute(toDateTime(row.verdictSince)));
        rows.push_back({row.name,
                        {
                            {static_cast<double>(rows.size() + 1)},
                            {row.name, Unknown, row.url},
                            {static_cast<int>(row.verdict), Unknown, since},
                            {QVariant::fromValue(row.heartbeats)},
                            {toValue(row.latency)},
                            {row.lastCheckedAt ? QVariant(toDateTime(*row.lastCheckedAt)) : QVariant()},
                            {static_cast<double>(row.instances)},
                            // With the reason of before, which a filter may have found it by.
                            {row.checking ? QString(tr("Checking…") + QLatin1Char(' ') + row.reason).trimmed() : row.reason, Unknown, row.reason},
                        },
                        row.stale});
    }
    m_table->setRows(std::move(rows));
    if (!m_wanted.isEmpty() && m_model->rowOf(m_wanted) >= 0)
        m_table->selectIdentity(std::exchange(m_wanted, {}));
    if (currentService().isEmpty() && m_table->view()->model()->rowCount() > 0)
        m_table->selectIdentity(m_table->view()->model()->index(0, 0).data(ItemRole::Identity).toString());
}

void ServicesPage::showSelection()
{
    const ServiceRow *const row = current();
    const bool paused = row && row->verdict == Verdict::Paused;
    for (QAction *action : {m_edit, m_remove})
        action->setEnabled(row);
    m_check->setEnabled(row && !row->checking && !paused);
    for (QAction *action : {m_pauseShort, m_pauseLong, m_pauseOpen}) {
        action->setEnabled(row);
        action->setVisible(!paused);
    }
    m_resume->setVisible(paused);
    m_up->setEnabled(row && row != &m_snapshot->services.front());
    m_down->setEnabled(row && row != &m_snapshot->services.back());
    m_detail->setService(row, m_snapshot ? *m_snapshot : Snapshot());
}

std::vector<SeriesId> ServicesPage::watchedSeries() const
{
    const QString name = currentService();
    if (name.isEmpty())
        return {};
    return {{Measure::ServiceLatency, name.toUtf8(), {}}};
}

void ServicesPage::showSubject(const QString &subject)
{
    // First: a filter that goes may move the selection, and that is a choice.
    m_table->filterField()->clear();
    m_wanted = subject;
    if (m_snapshot)
        fill();
}

QWidget *ServicesPage::filterField() const
{
    return m_table->filterField();
}

void ServicesPage::addService()
{
    auto *const dialog = new ServiceDialog({}, {}, [this](const QString &name, const QString &url) {
        auto added = session().addService(name, url);
        if (added)
            m_wanted = name;
        return added;
    }, this);
    dialog->open();
}

void ServicesPage::editService()
{
    const ServiceRow *const row = current();
    if (!row)
        return;
    const QString before = row->name;
    auto *const dialog = new ServiceDialog(before, row->url, [this, before](const QString &name, const QString &url) {
        auto edited = session().editService(before, name, url);
        if (edited)
            m_wanted = name;
        return edited;
    }, this);
    dialog->open();
}

void ServicesPage::removeService()
{
    const QString name = currentService();
    if (name.isEmpty())
        return;
    auto *const box = new QMessageBox(QMessageBox::NoIcon, tr("Remove a service"),
                                      tr("Stop checking %1 and remove it from this list? The service itself is not touched.").arg(name),
                                      QMessageBox::Cancel, this);
    box->setObjectName(QStringLiteral("removeServiceBox"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton *const remove = box->addButton(tr("Remove %1").arg(name), QMessageBox::DestructiveRole);
    remove->setAccessibleName(remove->text());
    box->setDefaultButton(QMessageBox::Cancel);
    showPlainTexts(*box);
    connect(remove, &QPushButton::clicked, this, [this, name] { session().removeService(name); });
    box->open();
}

void ServicesPage::moveService(int step)
{
    const ServiceRow *const row = current();
    if (row)
        session().moveService(row->name, static_cast<int>(row - m_snapshot->services.data()) + step);
}

void ServicesPage::exportServices()
{
    if (m_snapshot)
        saveAs(this, tr("Service list"), QStringLiteral("json"), [snapshot = m_snapshot] { return serviceList(*snapshot); });
}

void ServicesPage::importServices()
{
    auto *const dialog = new QFileDialog(this, tr("Import services"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Lists of services (*.json)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly)) {
            showOutcome(tr("Cannot read %1: %2.").arg(QDir::toNativeSeparators(path), file.errorString()), {});
            return;
        }
        // One byte over the limit is enough to see that it is passed.
        importList(file.read((1 << 20) + 1));
    });
    dialog->open();
}

void ServicesPage::importList(const QByteArray &file)
{
    const auto list = readServiceList(file);
    if (!list) {
        showOutcome(tr("Nothing was imported. %1").arg(list.error().message), {});
        return;
    }
    int added = 0;
    int changed = 0;
    int unchanged = 0;
    QStringList refused;
    for (const auto &[name, url] : *list) {
        const auto &known = m_snapshot ? m_snapshot->services : std::vector<ServiceRow>();
        const auto found = std::find_if(known.begin(), known.end(), [&wanted = name](const ServiceRow &row) { return row.name == wanted; });
        if (found != known.end() && found->url == url) {
            ++unchanged;
            continue;
        }
        const auto done = found != known.end() ? session().editService(name, name, url) : session().addService(name, url);
        if (!done)
            refused << tr("%1: %2").arg(name, done.error().message);
        else
            ++(found != known.end() ? changed : added);
    }
    showOutcome(tr("%1 added, %2 changed, %3 unchanged, %4 refused.").arg(added).arg(changed).arg(unchanged).arg(refused.size()), refused);
}

void ServicesPage::showOutcome(const QString &text, const QStringList &details)
{
    auto *const box = new QMessageBox(QMessageBox::NoIcon, tr("Import services"), text, QMessageBox::Close, this);
    box->setObjectName(QStringLiteral("importServicesBox"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    // A list of thousands would not fit on any screen.
    box->setInformativeText(details.mid(0, 12).join(QLatin1Char('\n')));
    showPlainTexts(*box);
    box->open();
}

std::vector<ExportItem> ServicesPage::exportItems() const
{
    std::vector<ExportItem> items{
        {tr("Services"), {QStringLiteral("csv"), QStringLiteral("json")},
         [this](const QString &suffix) { return m_table->exported(suffix); }},
        {tr("Service list"), {QStringLiteral("json")},
         [snapshot = m_snapshot](const QString &) { return snapshot ? serviceList(*snapshot) : QByteArray(); }}};
    if (TimeChart *const chart = m_detail->chart(); chart->hasData())
        items.push_back({tr("Time to answer of %1").arg(currentService()), {QStringLiteral("png"), QStringLiteral("svg")},
                         [chart](const QString &suffix) { return chart->rendered(suffix); }});
    return items;
}

QList<QAction *> ServicesPage::pageActions() const
{
    return {m_check, m_pauseShort, m_pauseLong, m_pauseOpen, m_resume, m_add, m_edit, m_remove, m_import, m_export};
}

void ServicesPage::prepareCapture()
{
    session().checkAllServices();
}

bool ServicesPage::isReadyForCapture() const
{
    return m_detail->chart()->hasData();
}

} // namespace InfraConsole
