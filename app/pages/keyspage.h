// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/keytablemodel.h"
#include "pages/page.h"

#include <QTimer>

class QAction;
class QComboBox;
class QLineEdit;
class QModelIndex;
class QPushButton;
class QShowEvent;
class QTableView;
class QToolButton;
class QTreeView;

namespace InfraConsole {

class EmptyState;
class PrefixTreeModel;
class TextLabel;
class ValueView;

// Thread safety: belongs to the GUI thread.
//
// Keys of one region: a tree of prefixes, a table of keys filtered by prefix, pattern or tag, and the value of a key on
// request. Reads pages as they are looked at, so a region of millions opens at once. Offers the regions that telemetry or
// the store knows: a store is browsed when no service runs, too.
class KeysPage final : public Page
{
    Q_OBJECT

public:
    KeysPage(Session &session, ViewContext &view, QWidget *parent = nullptr);
    ~KeysPage() override;

    void setSnapshot(const SnapshotPointer &snapshot) override;
    // `subject` is a region.
    void showSubject(const QString &subject) override;
    void noteInvalidation(const QByteArray &region) override;
    [[nodiscard]] QWidget *filterField() const override;
    [[nodiscard]] std::vector<ExportItem> exportItems() const override;
    [[nodiscard]] QList<QAction *> pageActions() const override;
    void prepareCapture() override;
    [[nodiscard]] bool isReadyForCapture() const override;

    [[nodiscard]] KeyTableModel *model() const { return m_model; }
    [[nodiscard]] PrefixTreeModel *treeModel() const { return m_treeModel; }
    [[nodiscard]] QTableView *view() const { return m_table; }
    [[nodiscard]] ValueView *valueView() const { return m_value; }
    [[nodiscard]] QByteArray region() const { return m_region; }
    // What the count beside the filter says.
    [[nodiscard]] QString countText() const;

    enum class FilterKind { Prefix, Pattern, Tag };
    void setFilter(FilterKind kind, const QString &text);

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    QWidget *buildTools();
    QWidget *buildTree();
    QWidget *buildTable();
    void buildActions();
    void setRegion(const QByteArray &region);
    void readRegions();
    void takeRegions(const Infra::Result<QByteArrayList> &regions);
    void updateRegions(const Snapshot &snapshot);
    void explainNoRegions();
    void applyFilter();
    void reload();
    void selectBranch(const QModelIndex &index);
    void countBranch();
    void showProgress();
    void updateSelection();
    [[nodiscard]] QString detailsOf(const Infra::EntryInfo &entry) const;
    void readValue();
    void showTableMenu(const QPoint &position);
    void showTreeMenu(const QPoint &position);
    void copyRows() const;
    [[nodiscard]] QString listedText() const;
    [[nodiscard]] QByteArrayList selectedKeys() const;
    [[nodiscard]] Infra::Target branchTarget() const;
    void applyPalette();

    KeyTableModel *m_model;
    PrefixTreeModel *m_treeModel;
    QWidget *m_content;
    EmptyState *m_empty;
    QComboBox *m_regionBox;
    QComboBox *m_kind;
    QLineEdit *m_filter;
    TextLabel *m_count;
    QToolButton *m_stop;
    QPushButton *m_tryAgain; // Beside the count: an error behind rows that are listed.
    QTreeView *m_tree;
    TextLabel *m_branchText;
    QTableView *m_table;
    EmptyState *m_tableEmpty;
    ValueView *m_value;
    QAction *m_invalidateSelected;
    QAction *m_invalidateBranch;
    QAction *m_reload;
    QAction *m_showValue;
    QTimer m_typing;
    QTimer m_counting;
    QByteArray m_region;
    QByteArray m_prefix;
    QString m_wanted; // A region that neither a snapshot nor the store has had yet, until the operator chooses another.
    std::optional<QByteArrayList> m_storedRegions; // The store's last answer.
    std::optional<Infra::Error> m_regionsError;    // Of the last question, when it had none.
    int m_regionsNumber = 0;
    bool m_capturing = false; // The first key is opened as soon as there is one.
    CancelFlag m_countCancel;
    int m_countNumber = 0;
    int m_valueNumber = 0;
};

} // namespace InfraConsole
