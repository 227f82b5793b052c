// SPDX-License-Identifier: GPL-3.0-or-later
#include "settingsdialog.h"

#include "session/storefile.h"
#include "widgets/theme.h"

#include <infra/databaseurl.h>

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSet>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QTabWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace InfraConsole {

using namespace std::chrono_literals;

namespace {

int inPercent(double ratio)
{
    return static_cast<int>(std::lround(100 * ratio));
}

QLabel *hintLabel(const QString &text, const QPalette &palette)
{
    auto *const label = new QLabel(text);
    label->setWordWrap(true);
    QPalette hint = palette;
    hint.setColor(QPalette::WindowText, Theme(palette).secondaryText());
    label->setPalette(hint);
    return label;
}

// A field whose label and accessible name are the same words.
void addField(QFormLayout *form, const QString &label, QWidget *field)
{
    field->setAccessibleName(QString(label).remove(QLatin1Char('&')));
    form->addRow(label, field);
}

QFormLayout *makeForm(QWidget *widget)
{
    auto *const form = new QFormLayout(widget);
    form->setVerticalSpacing(Spacing::Row);
    form->setHorizontalSpacing(Spacing::Card);
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    form->setLabelAlignment(Qt::AlignLeft);
    return form;
}

} // namespace

SettingsDialog::SettingsDialog(Preferences preferences, QWidget *parent)
    : QDialog(parent), m_profiles(std::move(preferences.profiles)), m_tabs(new QTabWidget), m_list(new QListWidget), m_remove(new QPushButton),
      m_editor(new QWidget), m_name(new QLineEdit), m_store(new QLineEdit), m_production(new QCheckBox), m_readOnly(new QCheckBox),
      m_hitRatio(new QSpinBox), m_requests(new QDoubleSpinBox), m_pressure(new QSpinBox), m_wait(new QSpinBox), m_certificate(new QSpinBox),
      m_notifications(new QCheckBox), m_problem(new QLabel)
{
    setObjectName(QStringLiteral("settingsDialog"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Settings"));
    setMinimumSize(680, 420);
    m_tabs->setAccessibleName(tr("Sections"));
    m_tabs->addTab(buildProfiles(), tr("Profiles"));
    m_tabs->addTab(buildThresholds(), tr("Needs attention"));
    m_tabs->addTab(buildNotifications(), tr("Notifications"));

    const AttentionThresholds &thresholds = preferences.thresholds;
    m_hitRatio->setValue(inPercent(thresholds.hitRatio));
    m_requests->setValue(thresholds.minimumRequests);
    m_pressure->setValue(inPercent(thresholds.poolPressure));
    m_wait->setValue(static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(thresholds.poolWait).count()));
    m_certificate->setValue(static_cast<int>(thresholds.certificate / 24h));
    m_notifications->setChecked(preferences.notifications);

    m_problem->setObjectName(QStringLiteral("settingsProblem"));
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    QPalette problemPalette = palette();
    problemPalette.setColor(QPalette::WindowText, Theme(palette()).status(Verdict::Down));
    m_problem->setPalette(problemPalette);
    m_problem->hide();

    auto *const buttons = new QDialogButtonBox;
    QPushButton *const save = buttons->addButton(tr("Save settings"), QDialogButtonBox::AcceptRole);
    save->setObjectName(QStringLiteral("settingsSave"));
    save->setAccessibleName(save->text());
    save->setDefault(true);
    QPushButton *const cancel = buttons->addButton(tr("Cancel"), QDialogButtonBox::RejectRole);
    cancel->setAccessibleName(cancel->text());
    auto *const column = new QVBoxLayout(this);
    column->setContentsMargins(Spacing::Page, Spacing::Page, Spacing::Page, Spacing::Page);
    column->setSpacing(Spacing::Card);
    column->addWidget(m_tabs, 1);
    column->addWidget(m_problem);
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &SettingsDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &SettingsDialog::reject);

    for (const Profile &profile : m_profiles)
        m_list->addItem(profile.name);
    m_list->setCurrentRow(m_profiles.empty() ? -1 : 0);
    showProfile(m_list->currentRow());
}

SettingsDialog::~SettingsDialog() = default;

QWidget *SettingsDialog::buildProfiles()
{
    m_list->setObjectName(QStringLiteral("profileList"));
    m_list->setAccessibleName(tr("Profiles"));
    m_list->setFixedWidth(180);
    auto *const add = new QPushButton(tr("Add profile"));
    add->setObjectName(QStringLiteral("addProfile"));
    add->setAccessibleName(add->text());
    m_remove->setText(tr("Remove profile"));
    m_remove->setObjectName(QStringLiteral("removeProfile"));
    m_remove->setAccessibleName(m_remove->text());

    m_name->setObjectName(QStringLiteral("profileName"));
    m_store->setObjectName(QStringLiteral("profileStore"));
    m_store->setPlaceholderText(QStringLiteral("sqlite:///var/cache/shop/cache.db"));
    m_production->setText(tr("Production: confirm by typing the name"));
    m_production->setObjectName(QStringLiteral("profileProduction"));
    m_production->setAccessibleName(m_production->text());
    m_readOnly->setText(tr("Read-only: nothing can be invalidated"));
    m_readOnly->setObjectName(QStringLiteral("profileReadOnly"));
    m_readOnly->setAccessibleName(m_readOnly->text());
    auto *const browse = new QPushButton(tr("Choose a file…"));
    browse->setAccessibleName(browse->text());
    QFormLayout *const form = makeForm(m_editor);
    form->setContentsMargins(0, 0, 0, 0);
    addField(form, tr("&Name"), m_name);
    addField(form, tr("&Store"), m_store);
    form->addRow(QString(), browse);
    form->addRow(QString(), m_production);
    form->addRow(QString(), m_readOnly);
    form->addRow(QString(), hintLabel(tr("A profile opens with File, Open profile, or with infra-console --profile NAME."), palette()));

    auto *const page = new QWidget;
    auto *const row = new QHBoxLayout(page);
    row->setContentsMargins(Spacing::Card, Spacing::Card, Spacing::Card, Spacing::Card);
    row->setSpacing(Spacing::Page);
    auto *const left = new QVBoxLayout;
    left->setSpacing(Spacing::Row);
    left->addWidget(m_list, 1);
    left->addWidget(add);
    left->addWidget(m_remove);
    row->addLayout(left);
    auto *const right = new QVBoxLayout;
    right->addWidget(m_editor);
    right->addStretch(1);
    row->addLayout(right, 1);

    connect(add, &QPushButton::clicked, this, &SettingsDialog::addProfile);
    connect(m_remove, &QPushButton::clicked, this, &SettingsDialog::removeProfile);
    connect(m_list, &QListWidget::currentRowChanged, this, &SettingsDialog::showProfile);
    connect(m_name, &QLineEdit::textEdited, this, &SettingsDialog::keepProfile);
    connect(m_store, &QLineEdit::textEdited, this, &SettingsDialog::keepProfile);
    connect(m_production, &QCheckBox::toggled, this, &SettingsDialog::keepProfile);
    connect(m_readOnly, &QCheckBox::toggled, this, &SettingsDialog::keepProfile);
    connect(browse, &QPushButton::clicked, this, [this] {
        auto *const dialog = new QFileDialog(this, tr("Choose a store"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::ExistingFile);
        dialog->setNameFilters({tr("Stores (*.db *.sqlite *.sqlite3)"), tr("All files (*)")});
        connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
            m_store->setText(Infra::DatabaseUrl::forSqliteFile(path).canonical());
            keepProfile();
        });
        dialog->open();
    });
    return page;
}

QWidget *SettingsDialog::buildThresholds()
{
    auto *const page = new QWidget;
    QFormLayout *const form = makeForm(page);
    form->setContentsMargins(Spacing::Card, Spacing::Card, Spacing::Card, Spacing::Card);
    m_hitRatio->setRange(0, 100);
    m_hitRatio->setSuffix(tr(" %"));
    m_hitRatio->setObjectName(QStringLiteral("thresholdHitRatio"));
    m_requests->setRange(0, 1e6);
    m_requests->setDecimals(1);
    m_requests->setSuffix(tr(" per second"));
    m_pressure->setRange(10, 100);
    m_pressure->setSuffix(tr(" %"));
    m_pressure->setObjectName(QStringLiteral("thresholdPressure"));
    m_wait->setRange(1, 60'000);
    m_wait->setSuffix(tr(" ms"));
    m_certificate->setRange(1, 365);
    m_certificate->setSuffix(tr(" days"));
    addField(form, tr("&Hit rate of a region below"), m_hitRatio);
    addField(form, tr("… with at least so many &requests"), m_requests);
    addField(form, tr("Connections of a &pool in use, from"), m_pressure);
    addField(form, tr("&Waiting for a connection (p95), from"), m_wait);
    addField(form, tr("A &certificate expires within"), m_certificate);
    form->addRow(hintLabel(tr("From these figures on, the Overview lists it under “Needs attention”. Services that do not answer are always listed."),
                           palette()));
    return page;
}

QWidget *SettingsDialog::buildNotifications()
{
    auto *const page = new QWidget;
    auto *const column = new QVBoxLayout(page);
    column->setContentsMargins(Spacing::Card, Spacing::Card, Spacing::Card, Spacing::Card);
    column->setSpacing(Spacing::Row);
    m_notifications->setText(tr("Tell me when a service goes down or comes back"));
    m_notifications->setObjectName(QStringLiteral("notifyHealth"));
    m_notifications->setAccessibleName(m_notifications->text());
    column->addWidget(m_notifications);
    column->addWidget(hintLabel(tr("By the desktop's notification area. Where there is none, the window's status bar says it and its entry in the task bar lights up."),
                                palette()));
    column->addStretch(1);
    return page;
}

void SettingsDialog::setCurrentTab(Tab tab)
{
    m_tabs->setCurrentIndex(static_cast<int>(tab));
}

void SettingsDialog::addProfile()
{
    Profile profile;
    for (int number = 1; profile.name.isEmpty(); ++number) {
        const QString name = number == 1 ? tr("New profile") : tr("New profile %1").arg(number);
        if (std::none_of(m_profiles.begin(), m_profiles.end(), [&name](const Profile &other) { return other.name == name; }))
            profile.name = name;
    }
    m_profiles.push_back(profile);
    m_list->addItem(profile.name);
    m_list->setCurrentRow(m_list->count() - 1);
    m_name->setFocus();
    m_name->selectAll();
}

void SettingsDialog::removeProfile()
{
    const int row = m_list->currentRow();
    if (row < 0)
        return;
    m_profiles.erase(m_profiles.begin() + row);
    {
        const QSignalBlocker blocker(m_list);
        delete m_list->takeItem(row);
    }
    showProfile(m_list->currentRow());
}

void SettingsDialog::showProfile(int row)
{
    m_showing = true;
    const bool exists = row >= 0 && row < static_cast<int>(m_profiles.size());
    const Profile profile = exists ? m_profiles[static_cast<std::size_t>(row)] : Profile();
    m_name->setText(profile.name);
    m_store->setText(profile.storeUrl);
    m_production->setChecked(profile.production);
    m_readOnly->setChecked(profile.readOnly);
    m_editor->setEnabled(exists);
    m_remove->setEnabled(exists);
    m_showing = false;
}

void SettingsDialog::keepProfile()
{
    const int row = m_list->currentRow();
    if (m_showing || row < 0)
        return;
    Profile &profile = m_profiles[static_cast<std::size_t>(row)];
    profile = {m_name->text().trimmed(), m_store->text().trimmed(), m_production->isChecked(), m_readOnly->isChecked()};
    m_list->item(row)->setText(profile.name);
}

Preferences SettingsDialog::preferences() const
{
    Preferences result;
    result.profiles = m_profiles;
    result.thresholds.hitRatio = m_hitRatio->value() / 100.0;
    result.thresholds.minimumRequests = m_requests->value();
    result.thresholds.poolPressure = m_pressure->value() / 100.0;
    result.thresholds.poolWait = std::chrono::milliseconds(m_wait->value());
    result.thresholds.certificate = 24h * m_certificate->value();
    result.notifications = m_notifications->isChecked();
    return result;
}

QString SettingsDialog::problem() const
{
    QSet<QString> names;
    for (const Profile &profile : m_profiles) {
        if (profile.name.isEmpty())
            return tr("A profile has no name.");
        if (names.contains(profile.name))
            return tr("Two profiles are named %1.").arg(profile.name);
        names.insert(profile.name);
        if (profile.storeUrl.isEmpty())
            return tr("The profile %1 has no store.").arg(profile.name);
        if (const auto url = Infra::DatabaseUrl::parse(profile.storeUrl); !url)
            return tr("The store of profile %1 cannot be used: %2").arg(profile.name, url.error().message);
    }
    return {};
}

void SettingsDialog::accept()
{
    const QString wrong = problem();
    m_problem->setText(wrong);
    m_problem->setVisible(!wrong.isEmpty());
    if (!wrong.isEmpty()) {
        setCurrentTab(Tab::Profiles);
        return;
    }
    Preferences result = preferences();
    for (Profile &profile : result.profiles)
        profile.storeUrl = absoluteStoreUrl(profile.storeUrl);
    Q_EMIT saved(result);
    QDialog::accept();
}

} // namespace InfraConsole
