// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pages/page.h"

class QMenu;
class QTreeWidget;

namespace InfraConsole {

class DataTable;
class ServiceDetail;
class TableModel;

// Thread safety: belongs to the GUI thread.
//
// Every service with its verdict and its last checks; of the selected one: why, how long it takes to answer, what
// it depends on. Checks, pauses and edits them.
class ServicesPage : public Page
{
    Q_OBJECT

public:
    ServicesPage(Session &session, ViewContext &view, QWidget *parent = nullptr);
    ~ServicesPage() override;

    void setSnapshot(const SnapshotPointer &snapshot) override;
    [[nodiscard]] std::vector<SeriesId> watchedSeries() const override;
    // `subject` is a service's name.
    void showSubject(const QString &subject) override;
    [[nodiscard]] QWidget *filterField() const override;
    [[nodiscard]] std::vector<ExportItem> exportItems() const override;
    [[nodiscard]] QList<QAction *> pageActions() const override;
    void prepareCapture() override;
    [[nodiscard]] bool isReadyForCapture() const override;

    [[nodiscard]] DataTable *table() const { return m_table; }
    [[nodiscard]] QString currentService() const;

    // Adds the services of such a list (models/servicelist.h) and gives those of the same name their new address; says in
    // a box what came of it.
    void importList(const QByteArray &file);

private:
    void createActions();
    void fill();
    void showSelection();
    void addService();
    void editService();
    void removeService();
    void moveService(int step);
    void importServices();
    void exportServices();
    void showOutcome(const QString &text, const QStringList &details);
    [[nodiscard]] const ServiceRow *current() const;

    TableModel *m_model;
    DataTable *m_table;
    ServiceDetail *m_detail;
    QAction *m_check;
    QAction *m_checkAll;
    QAction *m_pauseShort;
    QAction *m_pauseLong;
    QAction *m_pauseOpen;
    QAction *m_resume;
    QAction *m_add;
    QAction *m_edit;
    QAction *m_remove;
    QAction *m_up;
    QAction *m_down;
    QAction *m_import;
    QAction *m_export;
    SnapshotPointer m_snapshot;
    bool m_filling = false; // What is selected now is not what the operator chooses.
    QString m_wanted; // A subject that no snapshot has had yet, until the operator chooses another.
};

} // namespace InfraConsole
