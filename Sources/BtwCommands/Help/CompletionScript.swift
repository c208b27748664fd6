/// Shell scripts that call `btw` itself for completions.
package enum CompletionScript {
    package enum Shell: String, Hashable, Sendable, CaseIterable {
        case bash, zsh, fish
    }

    /// The answer that tells the shell to complete file names itself.
    static let files = ":files"
    static let folders = ":folders"

    package static func text(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    private static let bash = """
        # Completion of btw in bash: source <(btw completion bash)
        _btw() {
            local line program=$1
            # The shell leaves ~/bin/btw as it was typed.
            case $program in "~/"*) program=$HOME/${program:2} ;; esac
            COMPREPLY=()
            compopt -o nosort 2>/dev/null
            while IFS= read -r line; do
                case $line in
                \(files)) compopt -o default 2>/dev/null ;;
                \(folders)) compopt -o dirnames 2>/dev/null ;;
                *) COMPREPLY+=("$line") ;;
                esac
            done < <("$program" \(ShellCompletion.word) bash "${COMP_TYPE:-9}" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
        }
        complete -F _btw btw
        """

    /// Ids are written in lower case and may be typed in capitals, which zsh matches only where it is told so.
    private static let zsh = """
        #compdef btw
        # Completion of btw in zsh: source <(btw completion zsh)
        _btw() {
            local line program=${(Q)words[1]}
            local -a found
            # The shell leaves ~/bin/btw as it was typed.
            [[ $program == '~/'* ]] && program=$HOME/${program#'~/'}
            while IFS= read -r line; do
                case $line in
                \(files)) compset -P '--*='; _files; return ;;
                \(folders)) compset -P '--*='; _files -/; return ;;
                *) found+=("$line") ;;
                esac
            done < <("$program" \(ShellCompletion.word) zsh 0 "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null </dev/null)
            _describe -V btw found -M 'm:{A-Z}={a-z}'
        }
        if [[ $funcstack[1] == _btw ]]; then
            _btw "$@"
        else
            # At the next prompt: a compinit further down in ~/.zshrc would drop what is registered before it.
            _btw_register() {
                add-zsh-hook -d precmd _btw_register
                (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
                compdef _btw btw
            }
            autoload -Uz add-zsh-hook && add-zsh-hook precmd _btw_register
        fi
        """

    private static let fish = """
        # Completion of btw in fish: btw completion fish | source
        function __btw_complete
            # Without the quote that is open, and without backslashes.
            set -l current (commandline -ct | string trim --left --chars '"\\'' | string unescape)
            set -l words (commandline -opc)
            set -l program $words[1]
            set -e words[1]
            # The shell leaves ~/bin/btw as it was typed.
            if string match -q '~/*' -- $program
                set program $HOME/(string sub --start 3 -- $program)
            end
            type -q -- $program; or return
            for line in ($program \(ShellCompletion.word) fish 0 $words "$current" 2>/dev/null </dev/null)
                switch $line
                    case '\(files)'
                        # As of a command that says nothing about its arguments.
                        complete -C "'' "(commandline -ct)
                    case '\(folders)'
                        __fish_complete_directories (commandline -ct)
                    case '*'
                        printf '%s\\n' $line
                end
            end
        end
        complete -c btw -f -k -a '(__btw_complete)'
        """
}
