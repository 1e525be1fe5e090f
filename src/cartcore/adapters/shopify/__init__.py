"""Read and write products as Shopify's product CSV, the export that most shops can make.

Reading stores nothing: it returns the products, and by row what could not be read (`rejected`) and
what was changed (`notes`): the column, what was there, and what was made of it. Row numbers are
those of a spreadsheet: the header is row 1, and a cell with several lines is still one row.

The file may have come through a spreadsheet:

- It is UTF-8, UTF-16 or UTF-32 with a byte order mark, UTF-16 without one, UTF-8, or Windows-1252.
  For other encodings name the `encoding`. Cells are separated by commas, semicolons, tabs or
  vertical bars; a line "sep=;" above the header is not a row. Where commas do not separate cells,
  "12,50" is a number.
- Both generations of column names are read ("Variant Price" and "Price"), in any case; the order is
  free, and columns that cartcore has no use for are ignored. The present names are written.
- All rows with one handle, in any case, are one product, adjacent or not and in any order. The
  first one with a title has the product's own columns; on other rows a title or option name that
  differs is an error, the rest is not read.

What the format leaves open is decided like this:

- A row without SKU, price and option value only adds an image: it is no variant.
- Blank means published, requires shipping, 0 grams, no gift card. Only the status "active" (or
  blank) is on sale. A gift card is not discountable (PR-29).
- Weights are rounded to whole grams. Shopify's taxonomy ("Product category") is not read; the type
  becomes the only category.
- The tax code of a variant becomes its tax class. What is not taxed has the class "exempt"
  (`NOT_TAXED`), for which the shop's tax table has to answer. A class that all variants have in
  common is that of the product.
- A price has the digits of its currency and no more, though a `Variant` itself may be finer. A
  compare-at price of 0 is none.
- A variant without SKU gets one made of the handle and its option values, the same at every import.
- The apostrophe that keeps a spreadsheet from reading a SKU or a barcode as a number is dropped.
- The picture of a product is the one whose image position is lowest. What is no https URL is left
  out.
- Control characters and marks of direction are taken out of texts; in handles, SKUs and barcodes
  they are an error. In the description tabs become spaces, and white space at the ends of lines
  goes, as in every `Product`; what is beyond 100,000 characters is cut off, pictures that are
  written out in it first. Its HTML is passed on as it is: escape or sanitise it before it is shown.

Texts are written as they are, even if one starts with "=", "+", "-" or "@": a guard against
spreadsheet formulas would change the data, and what is written must read back as the same. Import
the columns as text when a file with texts from strangers is opened in a spreadsheet.
"""

from cartcore.adapters.shopify.columns import NOT_TAXED
from cartcore.adapters.shopify.notes import CatalogImport, Change, ImportNote, RejectedRow
from cartcore.adapters.shopify.reading import read_products
from cartcore.adapters.shopify.writing import write_products

__all__ = [
    "NOT_TAXED",
    "CatalogImport",
    "Change",
    "ImportNote",
    "RejectedRow",
    "read_products",
    "write_products",
]
