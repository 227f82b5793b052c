// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"

#include <QAbstractListModel>
#include <QListView>

namespace InfraConsole {

// Rows of "Needs attention"; a row keeps its index for as long as it is about the same, wherever it moves.
class AttentionModel : public QAbstractListModel
{
    Q_OBJECT

public:
    explicit AttentionModel(QObject *parent = nullptr);
    ~AttentionModel() override;

    // In the order of `items`.
    void setItems(std::vector<Attention> items);
    // As above, but rows that stay keep their order among each other, before those that are new.
    void setItemsInPlace(std::vector<Attention> items);
    [[nodiscard]] const Attention &item(int row) const { return m_items.at(static_cast<std::size_t>(row)); }

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;

private:
    std::vector<Attention> m_items;
};

// Thread safety: belongs to the GUI thread.
//
// Sentences, worst first, each a link: click or Enter goes to the page, the row and the moment. What is current stays so
// while it needs attention, and is never replaced by another; under the pointer the rows that stay keep their order.
class AttentionList : public QListView
{
    Q_OBJECT

public:
    explicit AttentionList(QWidget *parent = nullptr);
    ~AttentionList() override;

    void setItems(std::vector<Attention> items);

Q_SIGNALS:
    void linkActivated(InfraConsole::PageId page, const QString &subject,
                       std::optional<InfraConsole::SystemTime> moment);

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    bool viewportEvent(QEvent *event) override;

private:
    void applyTheme();
    void settle();

    AttentionModel *m_model;
    std::vector<Attention> m_unordered; // What the pointer keeps from its order; empty without that.
};

} // namespace InfraConsole
