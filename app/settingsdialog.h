// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/attention.h"
#include "settings.h"

#include <QDialog>

class QCheckBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QSpinBox;
class QTabWidget;

namespace InfraConsole {

// What the dialog edits, as one value.
struct Preferences
{
    std::vector<Profile> profiles;
    AttentionThresholds thresholds;
    bool notifications = true;

    friend bool operator==(const Preferences &, const Preferences &) = default;
};

// Thread safety: belongs to the GUI thread.
//
// Profiles, thresholds of "Needs attention", notifications. Nothing changes before Save; what is wrong with the input is
// said in the dialog, which stays open.
class SettingsDialog : public QDialog
{
    Q_OBJECT

public:
    enum class Tab { Profiles, Thresholds, Notifications };

    explicit SettingsDialog(Preferences preferences, QWidget *parent = nullptr);
    ~SettingsDialog() override;

    void setCurrentTab(Tab tab);
    // As the fields are now.
    [[nodiscard]] Preferences preferences() const;
    // The first thing wrong with them, in one sentence; empty when they can be saved.
    [[nodiscard]] QString problem() const;

    void accept() override;

Q_SIGNALS:
    void saved(const InfraConsole::Preferences &preferences);

private:
    QWidget *buildProfiles();
    QWidget *buildThresholds();
    QWidget *buildNotifications();
    void addProfile();
    void removeProfile();
    void showProfile(int row);
    void keepProfile();

    std::vector<Profile> m_profiles;
    bool m_showing = false;
    QTabWidget *m_tabs;
    QListWidget *m_list;
    QPushButton *m_remove;
    QWidget *m_editor;
    QLineEdit *m_name;
    QLineEdit *m_store;
    QCheckBox *m_production;
    QCheckBox *m_readOnly;
    QSpinBox *m_hitRatio;
    QDoubleSpinBox *m_requests;
    QSpinBox *m_pressure;
    QSpinBox *m_wait;
    QSpinBox *m_certificate;
    QCheckBox *m_notifications;
    QLabel *m_problem;
};

} // namespace InfraConsole
