/**
 * The load generator's command line: {@code run}, {@code suite}, {@code list}, {@code env}, {@code validate} and
 * {@code verify}.
 */
package io.epona.loadgen;
