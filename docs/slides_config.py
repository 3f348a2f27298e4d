"""For `nbconvert --to slides`: scripts lie beside the page: slides run without a network (docs/teaching.md)."""

c = get_config()  # noqa: F821
c.SlidesExporter.reveal_url_prefix = "node_modules/reveal.js"
c.SlidesExporter.require_js_url = "node_modules/requirejs/require.js"
c.SlidesExporter.jquery_url = "node_modules/jquery/dist/jquery.min.js"
c.SlidesExporter.mathjax_url = "node_modules/mathjax/latest.js"
