import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["vae_core/ui/static/vendor/**"] },
  js.configs.recommended,
  {
    files: ["vae_core/ui/static/**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-unused-vars": ["error", { args: "after-used", argsIgnorePattern: "^_" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];
