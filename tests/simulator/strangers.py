"""OpenAI-compatible servers that differ, each as a shape of the simulator. Sources: their documentation and error messages.

Servers: SGLang, vLLM, llama.cpp's server, Text Generation Inference, LMDeploy, Ollama. Gateways and hosts: LiteLLM,
OpenRouter, Mistral, OpenAI's reasoning models, Azure, and proxies that do not pass streams or lists on.
"""

from __future__ import annotations

from tests.simulator.shape import Habits, Shape

_OPENAI_TOKENS = {
    "error": {
        "message": "Unsupported parameter: 'max_tokens' is not supported with this model. "
        "Use 'max_completion_tokens' instead.",
        "type": "invalid_request_error",
        "param": "max_tokens",
        "code": "unsupported_parameter",
    }
}
_OPENAI_TEMPERATURE = {
    "error": {
        "message": "Unsupported value: 'temperature' does not support 0.1 with this model. "
        "Only the default (1) value is supported.",
        "type": "invalid_request_error",
        "param": "temperature",
        "code": "unsupported_value",
    }
}
_AZURE_STREAM_OPTIONS = {
    "error": {"message": "Unrecognized request argument supplied: stream_options", "type": "invalid_request_error"}
}
_FORBIDDEN = {
    "detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]
}

STRANGERS = {
    "sglang": Shape(),
    "vllm": Shape(dialect="vllm"),
    "llama.cpp": Shape(dialect="generic", habits=Habits(owner="llamacpp")),
    "text-generation-inference": Shape(dialect="generic", habits=Habits(stop="eos_token")),
    "lmdeploy": Shape(dialect="generic", habits=Habits(models="none")),
    "ollama": Shape(dialect="generic", habits=Habits(stop="STOP")),
    "litellm": Shape(dialect="generic", habits=Habits(gateway=True, owner="openai")),
    "litellm before a server without streams": Shape(dialect="generic", habits=Habits(gateway=True, whole=True)),
    "litellm before azure": Shape(
        dialect="generic", habits=Habits(gateway=True, refuses={"stream_options": (400, _AZURE_STREAM_OPTIONS)})
    ),
    "a gateway before another api": Shape(dialect="generic", habits=Habits(stop="end_turn")),
    "openrouter": Shape(dialect="generic", habits=Habits(stop="COMPLETED")),
    "mistral": Shape(dialect="generic", habits=Habits(refuses={"stream_options": (422, _FORBIDDEN)})),
    "openai reasoning": Shape(
        dialect="generic",
        habits=Habits(refuses={"max_tokens": (400, _OPENAI_TOKENS), "temperature": (400, _OPENAI_TEMPERATURE)}),
    ),
    "azure": Shape(dialect="generic", habits=Habits(refuses={"stream_options": (400, _AZURE_STREAM_OPTIONS)})),
    "everything refused": Shape(
        dialect="generic",
        habits=Habits(
            refuses={
                "max_tokens": (400, _OPENAI_TOKENS),
                "temperature": (400, _OPENAI_TEMPERATURE),
                "stream_options": (400, _AZURE_STREAM_OPTIONS),
            }
        ),
    ),
    "no reason at the end": Shape(dialect="generic", habits=Habits(stop=None)),
    "no streams": Shape(dialect="generic", habits=Habits(whole=True)),
    "no streams and no reason": Shape(dialect="generic", habits=Habits(whole=True, stop=None)),
    "a bare list": Shape(dialect="generic", habits=Habits(models="bare")),
}

# What servers say where no request can succeed: status, body, and the words of the error.
_NO_MMPROJ = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
HOPELESS = {
    "llama.cpp without a projector": (
        500,
        {"error": {"code": 500, "message": _NO_MMPROJ, "type": "server_error"}},
        "images",
    ),
    "vllm with a text model": (400, {"error": {"message": "x is not a multimodal model", "code": 400}}, "images"),
    "openrouter without one that sees": (
        404,
        {"error": {"message": "No endpoints found that support image input", "code": 404}},
        "images",
    ),
    "vllm started again with another model": (
        404,
        {
            "error": {
                "message": "The model `olmocr` does not exist. Valid aliases: another.",
                "type": "NotFoundError",
                "param": "model",
                "code": 404,
            }
        },
        "it serves another model.*--model.*Valid aliases: another",
    ),
    "ollama without the model": (
        404,
        {"error": {"message": 'model "olmocr" not found, try pulling it first', "type": "api_error"}},
        "it serves another model",
    ),
    "litellm over budget": (
        422,
        {"error": {"message": "Budget has been exceeded! Current cost: 2.0, Max budget: 1.0", "code": "422"}},
        "cannot pay",
    ),
    "litellm without its database": (
        400,
        {"error": {"message": "No connected db.", "type": "no_db_connection", "param": None, "code": "400"}},
        "API key",
    ),
}
