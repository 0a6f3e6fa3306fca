"""Characters of equations, as recognisers write them and as LaTeX has them."""

from __future__ import annotations

import string

SUPERSCRIPTS = {char: str(digit) for digit, char in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {"⁺": "+", "⁻": "-", "ⁿ": "n"}
SUBSCRIPTS = {char: str(digit) for digit, char in enumerate("₀₁₂₃₄₅₆₇₈₉")} | {"₊": "+", "₋": "-"}
_NAME_LIST = "arcsin arccos arctan sinh cosh tanh coth cosec sin cos tan cot sec csc log ln exp lim max min det"
FUNCTION_NAMES = _NAME_LIST.split()
NON_LATEX_NAMES = {"cosec": r"\operatorname{cosec}"}
LATEX_SIGNS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "≤": r"\leq", "≥": r"\geq", "≦": r"\leq", "≧": r"\geq", "≠": r"\neq",
    "±": r"\pm", "∓": r"\mp", "×": r"\times", "·": r"\cdot", "÷": r"\div", "∴": r"\therefore", "∵": r"\because",
    "∞": r"\infty", "π": r"\pi", "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\epsilon",
    "θ": r"\theta", "λ": r"\lambda", "μ": r"\mu", "ρ": r"\rho", "σ": r"\sigma", "τ": r"\tau", "φ": r"\phi", "ψ": r"\psi",
    "ω": r"\omega", "ξ": r"\xi", "η": r"\eta", "ν": r"\nu", "Δ": r"\Delta", "Σ": r"\Sigma", "Ω": r"\Omega", "Γ": r"\Gamma",
    "∂": r"\partial", "∫": r"\int", "∑": r"\sum", "∏": r"\prod", "√": r"\surd", "≡": r"\equiv", "≈": r"\approx",
    "∝": r"\propto", "→": r"\to", "∠": r"\angle", "′": "'", "’": "'", "{": r"\{", "}": r"\}", "°": r"^{\circ}", "…": r"\ldots",
    "•": "", "一": "-", "二": "=", "ſ": r"\int",
    # Misreadings of an italic x.
    "æ": "x", "œ": "x", "（": "(", "）": ")", "＝": "=", "＋": "+",
}  # fmt: skip
READABLE_CHARACTERS = "".join(
    {*LATEX_SIGNS, *SUPERSCRIPTS, *SUBSCRIPTS, *"-+=<>/()[]|!,;:.'", *string.ascii_letters, *string.digits}
    - set("一二ſæœ")
)
# In a script, a small circle is a zero.
SCRIPT_CHARACTERS = string.digits + string.ascii_lowercase.replace("o", "") + "+-−=" + "".join(SUPERSCRIPTS)
