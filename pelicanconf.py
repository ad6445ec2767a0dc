"""Pelican's settings for the public pages; a bare `pelican` builds those and never a person's.

Every upper-case name here reaches every template: no secret may stand in this file. The private pages are
joined by pipeline.site for the length of one run.
"""

from jinja2 import StrictUndefined

from pipeline.rules.certificates import statements
from pipeline.rules.web import wording

SITENAME = "Educational Activity Certificates"
PROVIDER = statements.PROVIDER
CONTACT = statements.CONTACT

# `certs build` hands in the real values of these.
SITEURL = ""
PUBLIC_URL = ""  # the address people type, without a final slash
SITE_ROOT = ""  # the path part of it: "" or "/certificates"
COLLEGE_URL = ""
EDUCATION_CENTER_URL = ""
LINKEDIN_ORGANIZATION_ID = 0
APART = {}  # activity -> words beside its title, where another has the same
HOURS = {}  # activity -> hours of education, where its file names them
TODAY = None  # the date the pages are written for
SEALED = False  # whether there is, or was, a key by which certificates are sealed

PATH = "content"
PAGE_PATHS = ["pages", "activities"]
ARTICLE_PATHS = []
STATIC_PATHS = ["images"]
# Pelican's own pattern does not match a bare dot-file. The others are what editors and colleagues leave
IGNORE_FILES = [
    ".*",
    "*~",
    "#*#",
    "*.csv",
    "*.xls*",
    "*.sqlite*",
    "*.db",
    "*.db-*",
    "*.eml",
    "*.env",
    "*.log",
    "*.bak",
]
THEME = "theme"
OUTPUT_PATH = "output"
DELETE_OUTPUT_DIRECTORY = False  # it would empty output/ before anything is written
READERS = {"html": None, "htm": None, "rst": None}

# An activity's page stands at activities/<slug>/, every other at <slug>/.
PATH_METADATA = r"(?P<folder>activities/|)(?:pages/)?[^/]*$"
EXTRA_PATH_METADATA = {"activities/": {"template": "activity"}}
FILENAME_METADATA = r"(?P<slug>.*)"
USE_FOLDER_AS_CATEGORY = False
PAGE_URL = "{folder}{slug}/"
PAGE_SAVE_AS = "{folder}{slug}/index.html"
DRAFT_PAGE_SAVE_AS = ""
RELATIVE_URLS = True  # works under any prefix, in the preview and from a folder
DIRECT_TEMPLATES = ["activities"]
ACTIVITIES_SAVE_AS = "activities/index.html"
ARCHIVES_SAVE_AS = AUTHOR_SAVE_AS = CATEGORY_SAVE_AS = TAG_SAVE_AS = ""

FEED_ALL_ATOM = FEED_ALL_RSS = FEED_ATOM = FEED_RSS = None
CATEGORY_FEED_ATOM = CATEGORY_FEED_RSS = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
TAG_FEED_ATOM = TAG_FEED_RSS = TRANSLATION_FEED_ATOM = TRANSLATION_FEED_RSS = None

PLUGINS = []  # left unset, Pelican loads whatever is installed: a sitemap plugin would list the private pages
LOCALE = ["C.UTF-8", "C"]
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
TYPOGRIFY = False
MARKDOWN = {
    "extension_configs": {
        "markdown.extensions.attr_list": {},
        "markdown.extensions.meta": {},
        "markdown.extensions.sane_lists": {},
        "markdown.extensions.smarty": {},
        "markdown.extensions.tables": {},
        "markdown.extensions.toc": {},
    },
    "output_format": "html5",
}
JINJA_ENVIRONMENT = {
    "auto_reload": False,  # else base.html is looked at on the disk for each page
    "autoescape": True,  # Pelican escapes nothing unless told: a name would come out as markup
    "trim_blocks": True,
    "lstrip_blocks": True,
    "undefined": StrictUndefined,  # a misspelt name in a template stops the build
}
JINJA_FILTERS = wording.FILTERS
