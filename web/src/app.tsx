// Which page stands at which address. What is not needed at once is loaded when it is opened.
import { ErrorBoundary, lazy, LocationProvider, Route, Router } from "preact-iso";
import { Frame } from "./components/frame";
import { NotFound } from "./components/feedback";
import { t } from "./i18n";
import { Home } from "./pages/home";
import { SignIn } from "./pages/sign_in";
import { about, account, known } from "./state/session";

const SetUp = lazy(() => import("./pages/set_up"));
const SignUp = lazy(() => import("./pages/sign_up"));
const Search = lazy(() => import("./pages/search"));
const CreateRepository = lazy(() => import("./pages/create_repository"));
const RepositoryPage = lazy(() => import("./pages/repository"));
const AccountPage = lazy(() => import("./pages/account"));
const Organisations = lazy(() => import("./pages/organisations"));
const OrganisationPage = lazy(() => import("./pages/organisation"));
const AuditLog = lazy(() => import("./pages/audit"));
const Administration = lazy(() => import("./pages/administration"));

// A page that only somebody who is signed in has.
function own(Page: () => preact.JSX.Element) {
  return () => (account.value === null ? <SignIn /> : <Page />);
}

const OwnCreateRepository = own(() => <CreateRepository />);
const OwnAccount = own(() => <AccountPage />);
const OwnOrganisations = own(() => <Organisations />);
const OwnAudit = own(() => <AuditLog />);
const OwnAdministration = own(() => <Administration />);

function Pages() {
  if (!known.value) {
    return (
      <p class="muted" role="status" aria-busy="true">
        {t("loading")}
      </p>
    );
  }
  if (about.value?.setup_required) return <SetUp />;
  return (
    <Router>
      <Route path="/" component={Home} />
      <Route path="/sign-in" component={SignIn} />
      <Route path="/sign-up" component={SignUp} />
      <Route path="/setup" component={SetUp} />
      <Route path="/search" component={Search} />
      <Route path="/new" component={OwnCreateRepository} />
      <Route path="/r/*" component={RepositoryPage} />
      <Route path="/account/:section?" component={OwnAccount} />
      <Route path="/organisations" component={OwnOrganisations} />
      <Route path="/organisations/:name/:section?" component={OrganisationPage} />
      <Route path="/audit" component={OwnAudit} />
      <Route path="/administration/:section?" component={OwnAdministration} />
      <Route default component={NotFound} />
    </Router>
  );
}

export function App() {
  return (
    <LocationProvider>
      <ErrorBoundary>
        <Frame>
          <Pages />
        </Frame>
      </ErrorBoundary>
    </LocationProvider>
  );
}
