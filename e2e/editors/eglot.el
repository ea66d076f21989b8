;;; What a person does with eglot: a diagnostic appears, its fix is applied, completion and rename work. -*- lexical-binding: t -*-
;; The server is the program that SEQCHECK names; the file is that in EDITED.
(require 'eglot)
(require 'flymake)

(define-derived-mode seq-mode prog-mode "Seq")
(add-to-list 'auto-mode-alist '("\\.seq\\'" . seq-mode))
(add-to-list 'eglot-server-programs `(seq-mode . (,(getenv "SEQCHECK") "lsp")))

(defun await (name condition)
  "Wait until CONDITION holds; what does not come in time is told by its NAME."
  (let ((end (+ (float-time) 30)))
    (while (not (funcall condition))
      (when (> (float-time) end) (error "no %s in time; the text is\n%s" name (buffer-string)))
      (accept-process-output nil 0.05))))

(defun expect (name text)
  "Tell NAME where TEXT stands in the buffer."
  (unless (save-excursion (goto-char (point-min)) (search-forward text nil t))
    (error "%s: the text is\n%s" name (buffer-string)))
  (message "eglot: %s" name))

(defun told (text)
  "The diagnostic that has TEXT."
  (seq-find (lambda (one) (string-match-p text (flymake-diagnostic-text one))) (flymake-diagnostics)))

(let ((eglot-sync-connect t) (eglot-autoshutdown nil) (inhibit-message nil) (eglot-send-changes-idle-time 0))
  (find-file (getenv "EDITED"))
  (setq project-find-functions (list (lambda (folder) (cons 'transient folder))))
  (apply #'eglot (eglot--guess-contact))
  (flymake-mode 1)
  (flymake-start)
  (await "diagnostic" (lambda () (flymake-start) (told "en dash")))
  (message "eglot: a diagnostic appears")

  (goto-char (flymake-diagnostic-beg (told "en dash")))
  ;; Where several are offered a person chooses; the first is the fix.
  (cl-letf (((symbol-function 'completing-read) (lambda (_ all &rest _) (car (all-completions "" all))))
            ((symbol-function 'read-multiple-choice) (lambda (_ all &rest _) (car all)))
            ((symbol-function 'y-or-n-p) (lambda (&rest _) t)))
    (let* ((actions (jsonrpc-request (eglot--current-server-or-lose) :textDocument/codeAction
                                     (list :textDocument (eglot--TextDocumentIdentifier)
                                           :range (list :start (eglot--pos-to-lsp-position)
                                                        :end (eglot--pos-to-lsp-position))
                                           :context '(:diagnostics []))))
           (fix (seq-find (lambda (one) (equal (plist-get one :kind) "quickfix")) actions)))
      (eglot--apply-workspace-edit (plist-get fix :edit))))
  (expect "its fix is applied" "Alice->Server: 😀 WS connect")

  (goto-char (point-max))
  (insert "Alice->Server: jo")
  (eglot--signal-textDocument/didChange)
  (let* ((found (eglot-completion-at-point))
         (all (all-completions "" (nth 2 found))))
    (unless (seq-find (lambda (one) (equal (substring-no-properties one) "join room:{room}")) all)
      (error "completion: %S" all)))
  (message "eglot: completion works")

  (goto-char (point-min))
  (search-forward "Alice->")
  (goto-char (match-beginning 0))
  (eglot-rename "Zoë")
  (expect "rename works" "Zoë->Server: jo")
  (eglot-shutdown (eglot--current-server-or-lose))
  (set-buffer-modified-p nil))
(kill-emacs 0)
