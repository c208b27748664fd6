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
            local line
            COMPREPLY=()
            compopt -o nosort 2>/dev/null
            while IFS= read -r line; do
                case $line in
                \(files)) compopt -o default 2>/dev/null ;;
                \(folders)) compopt -o dirnames 2>/dev/null ;;
                *) COMPREPLY+=("$line") ;;
                esac
            done < <("$1" \(ShellCompletion.word) bash "${COMP_TYPE:-9}" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
        }
        complete -F _btw btw
        """

    private static let zsh = """
        #compdef btw
        # Completion of btw in zsh: source <(btw completion zsh)
        _btw() {
            local line
            local -a found
            while IFS= read -r line; do
                case $line in
                \(files)) _files; return ;;
                \(folders)) _files -/; return ;;
                *) found+=("$line") ;;
                esac
            done < <("${(Q)words[1]}" \(ShellCompletion.word) zsh 0 "${(@Q)words[2,CURRENT]}" 2>/dev/null </dev/null)
            _describe -V btw found
        }
        if [[ $funcstack[1] == _btw ]]; then
            _btw "$@"
        else
            (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
            compdef _btw btw
        fi
        """

    private static let fish = """
        # Completion of btw in fish: btw completion fish | source
        function __btw_complete
            set -l current (commandline -ct)
            set -l words (commandline -opc)
            set -l program $words[1]
            set -e words[1]
            for line in ($program \(ShellCompletion.word) fish 0 $words "$current" 2>/dev/null </dev/null)
                switch $line
                    case '\(files)'
                        __fish_complete_path "$current"
                    case '\(folders)'
                        __fish_complete_directories "$current"
                    case '*'
                        printf '%s\\n' $line
                end
            end
        end
        complete -c btw -f -k -a '(__btw_complete)'
        """
}
