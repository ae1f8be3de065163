/**
 * The command line: {@code epona broker | topics | produce | consume}.
 */
package io.epona.broker.cli;
