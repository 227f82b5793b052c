// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/loadprediction.h"
#include "session/session.h"

#include <QDialog>
#include <QTimer>

class QComboBox;
class QLineEdit;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;

namespace InfraConsole {

class Card;
class DangerButton;
class StatusLine;
class TextLabel;

// Thread safety: belongs to the GUI thread.
//
// Removes cached data in two steps: first what would go is counted, exactly and off the GUI thread, and shown with
// examples, the instances that hold it and the load that will follow; then a button that carries the count does it.
// Cancel has the focus. Everything, anything but expired entries in all regions, a pattern of all keys, and whatever it is in a
// production profile ask for the store's name to be typed.
// Show it with open(); it deletes itself when it is closed.
class InvalidationDialog : public QDialog
{
    Q_OBJECT

public:
    // `region` empty: every region. `session` must outlive the dialog.
    InvalidationDialog(Session &session, const QByteArray &region, const Infra::Target &target, QWidget *parent = nullptr);
    ~InvalidationDialog() override;

    // What the fields say now; empty while they say nothing valid.
    [[nodiscard]] std::optional<Infra::Target> target() const;
    [[nodiscard]] QByteArray region() const;

    [[nodiscard]] QPushButton *cancelButton() const { return m_cancel; }
    [[nodiscard]] QPushButton *invalidateButton() const;
    [[nodiscard]] QLineEdit *confirmationField() const { return m_confirmation; }
    [[nodiscard]] QString resultText() const;
    [[nodiscard]] bool isCounting() const { return m_counting; }

    void done(int result) override;
    // While entries are being removed it stops that and stays; otherwise it closes.
    void reject() override;

Q_SIGNALS:
    void invalidated(const InfraConsole::InvalidationResult &result);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void readRegions();
    void addRegions(const QByteArrayList &names);
    void buildForm(const QByteArray &region, const Infra::Target &target);
    void changeTarget();
    void startPreview();
    void showPreview(const Infra::Result<Infra::InvalidationPreview> &preview);
    void updateButton();
    [[nodiscard]] bool needsConfirmation() const;
    void invalidate();
    void showProgress();
    void showResult(const Infra::Result<InvalidationResult> &result);
    void setInputsEnabled(bool enabled);

    Session &m_session;
    QComboBox *m_region;
    QComboBox *m_kind;
    TextLabel *m_textLabel;
    QLineEdit *m_text;
    TextLabel *m_hint;
    TextLabel *m_count;
    TextLabel *m_holders;
    QPlainTextEdit *m_examples;
    StatusLine *m_load;
    QPushButton *m_countAgain;
    TextLabel *m_confirmationLabel;
    QLineEdit *m_confirmation;
    QProgressBar *m_progress;
    StatusLine *m_result;
    Card *m_coherentCard; // For more processes than the result names.
    QPlainTextEdit *m_coherent;
    QPushButton *m_cancel;
    DangerButton *m_invalidate;
    QTimer m_delay;
    QTimer m_progressTimer;
    QByteArrayList m_keys; // For Target::keys(), which cannot be typed.
    Infra::Target m_given = Infra::Target::expired();
    QString m_givenText;   // As the field shows it.
    bool m_isEscaped = false;
    CancelFlag m_cancelFlag;
    InvalidationWatch m_watch;
    int m_previewNumber = 0;
    bool m_regionsAsked = false;
    std::optional<Infra::InvalidationPreview> m_preview;
    bool m_counting = false;
    bool m_working = false;
    bool m_finished = false;
};

} // namespace InfraConsole
