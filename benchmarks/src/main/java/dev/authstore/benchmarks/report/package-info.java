/**
 * What a section of the report is, and how the report is written: Markdown, pictures, and the raw
 * figures as JSON. Tables show ratios, which hold beyond the machine; the raw figures are for
 * comparing runs of one machine.
 */
@NullMarked
package dev.authstore.benchmarks.report;

import org.jspecify.annotations.NullMarked;
